//! CPU time, memory and load, read from `/proc`: no library, no unsafe code.

use std::fs;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// CPU seconds that this thread has used.
///
/// Where the kernel does not say (not Linux), wall time stands in: the ratios then hold only on a quiet machine.
pub fn cpu_seconds() -> f64 {
    // The kernel brings a thread's count up to date when it leaves the processor, else only at each tick (1-4 ms).
    thread::sleep(Duration::from_micros(1));
    thread_nanoseconds().map_or_else(wall_seconds, |nanoseconds| nanoseconds / 1e9)
}

/// CPU seconds that `work` takes on this thread; its answer is kept from being optimised away.
pub fn cpu_of<T>(work: impl FnOnce() -> T) -> f64 {
    let before = cpu_seconds();
    black_box(work());
    cpu_seconds() - before
}

/// Whether CPU time is known here.
pub fn has_cpu_time() -> bool {
    thread_nanoseconds().is_some()
}

fn thread_nanoseconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_ascii_whitespace().next()?.parse().ok()
}

fn wall_seconds() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// CPU seconds of all children that ended and were waited for, in ticks of 10 ms.
pub fn children_cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses and may hold spaces: fields are counted after it.
    let mut after_name = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(13);
    let user: f64 = after_name.next()?.parse().ok()?;
    let system: f64 = after_name.next()?.parse().ok()?;
    // Every Linux that Rust runs on reports in hundredths, whatever its own tick is.
    Some((user + system) / 100.0)
}

/// Resident memory of this process in MiB: now, and at its highest.
pub fn memory() -> Option<(f64, f64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| -> Option<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.split_ascii_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

/// The load average of the last minute, as the system writes it.
pub fn load() -> String {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_ascii_whitespace().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The processor's name.
pub fn processor() -> String {
    let name = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    name.unwrap_or_else(|| "unknown processor".to_owned())
}

/// The middle value; of an even number the mean of the middle two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle), middle.checked_sub(1).and_then(|i| sorted.get(i))) {
        (0, Some(high), Some(low)) => f64::midpoint(*low, *high),
        (_, Some(value), _) => *value,
        _ => f64::NAN,
    }
}
