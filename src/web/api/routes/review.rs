//! The review workbench in the table: the queue, hits, groups of copies, practice.

use super::super::problem::Code::{
    BadCursor, HeldByOther, HitClosed, NotFit, NotForYou, NotHeld, NothingToClose, UndoMovedOn, UndoTooLate,
};
use super::super::route::Route;
use super::super::{golden, group, hit, hit_act, queue, search, view};
use crate::model::Scope;
use crate::web::access::{DECIDES, LEADS, SEES_HITS};

/// The queue, and the filters of it that somebody keeps.
pub fn queue() -> Vec<Route> {
    vec![
        Route::get(
            ("list_queue", "/queue"),
            SEES_HITS,
            Some(Scope::QueueRead),
            "One page of the queue, the most urgent first. It names nobody.",
            queue::list,
        )
        .refusing(&[BadCursor]),
        Route::get(
            ("count_queue", "/queue/counts"),
            SEES_HITS,
            Some(Scope::QueueRead),
            "The queue in figures, and who is at it.",
            queue::counts,
        ),
        Route::post(
            ("claim_next", "/queue/next"),
            DECIDES,
            Scope::HitDecide,
            "Takes the most urgent hit that is free and for you.",
            queue::next,
        ),
        Route::get(
            ("list_views", "/queue/views"),
            SEES_HITS,
            Some(Scope::QueueRead),
            "Filters of the queue that you keep under a name.",
            view::list,
        ),
        Route::post(
            ("keep_view", "/queue/views"),
            DECIDES,
            Scope::HitDecide,
            "Keeps a filter under a name; the same name again replaces it.",
            view::keep,
        ),
        Route::post(
            ("remove_view", "/queue/views/remove"),
            DECIDES,
            Scope::HitDecide,
            "Forgets a filter that you keep.",
            view::remove,
        ),
    ]
}

/// Reading hits.
pub fn hit_reading() -> Vec<Route> {
    vec![
        Route::get(
            ("show_hit", "/hits/{hit_id}"),
            SEES_HITS,
            Some(Scope::HitRead),
            "One hit, blind until you have decided; the look is in the ledger. It renews the lease of whoever holds it.",
            hit::show,
        ),
        Route::post(
            ("search_hits", "/hits/search"),
            SEES_HITS,
            Scope::HitRead,
            "Hits by the words of their posts, or by number: in a body, because addresses are written down on the way. The \
             ledger says that you searched, not for what. It changes nothing.",
            search::hits,
        )
        .reading(),
        Route::get(
            ("list_colleagues", "/hits/{hit_id}/colleagues"),
            DECIDES,
            Some(Scope::HitDecide),
            "Colleagues to whom a hit that you hold may be given.",
            hit_act::colleagues,
        )
        .refusing(&[NotHeld]),
    ]
}

/// What is done with a hit.
pub fn hit_acts() -> Vec<Route> {
    vec![
        Route::post(
            ("claim_hit", "/hits/{hit_id}/claim"),
            DECIDES,
            Scope::HitDecide,
            "Takes a hit, or renews the lease on one that you hold.",
            hit_act::claim,
        )
        .refusing(&[HeldByOther, NotForYou, HitClosed]),
        Route::post(
            ("renew_claim", "/hits/{hit_id}/heartbeat"),
            DECIDES,
            Scope::HitDecide,
            "Renews the lease on a hit that you hold.",
            hit_act::beat,
        )
        .refusing(&[NotHeld]),
        Route::post(
            ("release_hit", "/hits/{hit_id}/release"),
            DECIDES,
            Scope::HitDecide,
            "Gives a hit back to the queue.",
            hit_act::release,
        ),
        Route::post(
            ("skip_hit", "/hits/{hit_id}/skip"),
            DECIDES,
            Scope::HitDecide,
            "Passes a hit on; it does not come back to you.",
            hit_act::skip,
        )
        .refusing(&[NotHeld]),
        Route::post(
            ("refer_hit", "/hits/{hit_id}/refer"),
            DECIDES,
            Scope::HitDecide,
            "Gives a hit to a colleague.",
            hit_act::refer,
        )
        .refusing(&[NotHeld]),
        Route::post(
            ("set_hit_aside", "/hits/{hit_id}/set-aside"),
            DECIDES,
            Scope::HitDecide,
            "Puts a hit aside until a day.",
            hit_act::set_aside,
        )
        .refusing(&[NotHeld]),
        Route::post(
            ("unmask_hit", "/hits/{hit_id}/unmask"),
            DECIDES,
            Scope::HitDecide,
            "Ends the blind look at a hit that you hold. The reason is in the ledger, and the decision is marked.",
            hit_act::unmask,
        )
        .refusing(&[NotHeld]),
        Route::post(
            ("decide_hit", "/hits/{hit_id}/decision"),
            DECIDES,
            Scope::HitDecide,
            "Decides on a hit that you hold.",
            hit_act::decide,
        )
        .refusing(&[NotHeld, HeldByOther, HitClosed]),
        Route::post(
            ("undo_decision", "/hits/{hit_id}/undo"),
            DECIDES,
            Scope::HitDecide,
            "Takes your last decision back within its minute; the hit is yours again.",
            hit_act::undo,
        )
        .refusing(&[UndoTooLate, UndoMovedOn]),
    ]
}

/// Groups of copies.
pub fn groups() -> Vec<Route> {
    vec![
        Route::get(
            ("show_group", "/groups/{group_id}"),
            SEES_HITS,
            Some(Scope::HitRead),
            "The copies of one text or picture, blind for everybody; the look is in the ledger.",
            group::show,
        ),
        Route::post(
            ("claim_copy", "/groups/{group_id}/next"),
            DECIDES,
            Scope::HitDecide,
            "Takes the most urgent copy that is free and for you.",
            group::next,
        ),
        Route::post(
            ("close_group", "/groups/{group_id}/close"),
            DECIDES,
            Scope::HitDecide,
            "Dismisses copies that you have looked at, at one stroke: one decision each. Only `bukan_dugaan`, only the same \
             words, only those named.",
            group::close,
        )
        .refusing(&[NothingToClose]),
        Route::post(
            ("undo_group", "/groups/{group_id}/undo"),
            DECIDES,
            Scope::HitDecide,
            "Takes your stroke back within its minute.",
            group::undo,
        )
        .refusing(&[UndoTooLate, UndoMovedOn]),
    ]
}

/// Practice with hits whose answer is known.
pub fn practice() -> Vec<Route> {
    vec![
        Route::get(
            ("next_golden", "/golden/next"),
            DECIDES,
            Some(Scope::HitDecide),
            "Which hit with a known answer you may practise with next.",
            golden::next,
        ),
        Route::get(
            ("show_golden", "/golden/{golden_id}"),
            DECIDES,
            Some(Scope::HitDecide),
            "A hit to practise with, blind, and the known answer once you have given yours; the look is in the ledger.",
            golden::show,
        ),
        Route::post(
            ("answer_golden", "/golden/{golden_id}/answer"),
            DECIDES,
            Scope::HitDecide,
            "Says what you think of it, and is told the known answer. It is no decision, and the first word counts.",
            golden::answer,
        ),
        Route::post(
            ("mark_golden", "/hits/{hit_id}/golden"),
            LEADS,
            Scope::HitDecide,
            "Makes a closed hit that nobody disputed one to practise with.",
            golden::mark,
        )
        .refusing(&[NotFit]),
        Route::post(
            ("retire_golden", "/golden/{golden_id}/retire"),
            LEADS,
            Scope::HitDecide,
            "Takes a hit out of practice; what was read stays.",
            golden::retire,
        ),
    ]
}
