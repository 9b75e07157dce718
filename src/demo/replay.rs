//! A server on loopback that speaks the platforms' real contracts and serves a made-up world, drip by drip.
//!
//! One port plays all parts: the PLC directory (`/{did}`), the entry that resolves handles, everybody's personal data server
//! (`/xrpc/…`) and the blogs (`/feeds/…`, in RSS 2.0, Atom or JSON Feed by the name's ending). A record exists only from its
//! moment on, by a clock that is handed in: so the collectors have something to find while one looks on, and tests choose
//! the time.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::get;
use jiff::Timestamp;
use tokio::net::TcpListener;

mod atproto;
mod feeds;
mod schedule;
mod world;

pub use schedule::Schedule;
pub use world::{Record, Target, World, WorldAccount, WorldError};

/// Requests that a personal data server grants in five minutes.
pub const RATE_LIMIT: u64 = 3_000;

/// Seconds in which that many requests are granted.
const RATE_WINDOW: i64 = 300;

/// The server's clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What is served, and how.
pub struct Replay {
    /// The world.
    pub world: Arc<World>,
    /// Which moment it is there.
    pub clock: Clock,
    /// Requests to `/xrpc/…` in five minutes, after which it answers 429; see [`RATE_LIMIT`].
    pub rate_limit: u64,
}

impl Replay {
    /// A replay of `world` by `clock`, with the limit of a real server.
    pub fn new(world: Arc<World>, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { world, clock: Arc::new(clock), rate_limit: RATE_LIMIT }
    }

    /// Serves until `shutdown` is done.
    ///
    /// # Errors
    /// Whatever the listener reports.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let own_address = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Served { replay: self, own_address, window: Mutex::default() });
        axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await
    }
}

/// A [`Replay`] with its address.
struct Served {
    replay: Replay,
    own_address: String,
    window: Mutex<Window>,
}

/// Requests counted together.
#[derive(Default)]
struct Window {
    /// UNIX seconds.
    ends: i64,
    requests: u64,
}

impl Served {
    fn world(&self) -> &World {
        &self.replay.world
    }

    fn now(&self) -> Timestamp {
        (self.replay.clock)()
    }

    /// Counts a request: how many are left in this window, and when it ends (UNIX seconds).
    ///
    /// As on a real server, a window begins with the first request after the last one's end, not by the clock.
    fn count(&self) -> (Option<u64>, i64) {
        let now = self.now().as_second();
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= window.ends {
            *window = Window { ends: now + RATE_WINDOW, requests: 0 };
        }
        window.requests += 1;
        (self.replay.rate_limit.checked_sub(window.requests), window.ends)
    }
}

fn router(state: Arc<Served>) -> Router {
    Router::new()
        .route("/xrpc/{nsid}", get(atproto::query))
        .route("/feeds/{name}", get(feeds::feed))
        .route("/{did}", get(atproto::did_document))
        .with_state(state)
}

/// Lower-case RFC 4648 base 32 without padding, in which content ids are written.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut push = |value: u32| text.extend(ALPHABET.get((value & 31) as usize).copied().map(char::from));
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            push(bits >> held);
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        push(bits << (5 - held));
    }
    text
}

/// An id with the form of a content id (version 1, DAG-CBOR, SHA-256); the hash is of the JSON, not of the CBOR.
fn cid(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut bytes = vec![0x01, 0x71, 0x12, 0x20];
    bytes.extend_from_slice(&Sha256::digest(content));
    format!("b{}", base32(&bytes))
}
