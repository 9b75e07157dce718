//! The table of the API: the router, the document and the test of roles are all made from it, so nothing is served that is not
//! here.

mod review;

use super::problem::Code::{BadCursor, SettledAlready, Unreadable};
use super::route::Route;
use super::{
    clarification, conflict, keyword, ledger, objection, overview, own, parity, quality, register, source, statistics,
    tip, user,
};
use crate::model::{Role, Scope};
use crate::web::access::{
    ASKS, DECIDES, ENDS_CONFLICTS, KEEPS_REGISTER, OVERSEES, READS_LEDGER, SEES_CONFLICTS, SEES_HITS, SEES_PARITY,
    SEES_QUALITY, SEES_USERS, TRIES, Who,
};

/// Every route behind a token.
pub fn all() -> Vec<Route> {
    let mut routes = vec![
        Route::get(("show_own", "/me"), Who::LoggedIn, None, "Whom the token acts for, and what it may do.", own::show),
        Route::get(
            ("show_overview", "/overview"),
            Who::LoggedIn,
            Some(Scope::StatisticsRead),
            "What waits for you, how old it is, what is due, and what came in; nothing that your role does not open.",
            overview::show,
        ),
    ];
    routes.extend(review::queue());
    routes.extend(review::hit_reading());
    routes.extend(review::hit_acts());
    routes.extend(review::groups());
    routes.extend(review::practice());
    routes.extend(questions());
    routes.extend(register());
    routes.extend(lists_and_sources());
    routes.extend(overseeing());
    routes
}

/// What a role may be given tokens for.
pub fn scopes_for(role: Role) -> Vec<Scope> {
    let routes = all();
    let open = |scope: &&Scope| routes.iter().any(|r| r.scope() == Some(**scope) && r.who().includes(role));
    Scope::ALL.iter().filter(open).copied().collect()
}

fn questions() -> Vec<Route> {
    vec![
        Route::get(
            ("list_clarifications", "/clarifications"),
            OVERSEES,
            Some(Scope::ClarificationRead),
            "Questions to persons; the look is in the ledger.",
            clarification::list,
        )
        .refusing(&[BadCursor]),
        Route::get(
            ("show_clarification", "/clarifications/{clarification_id}"),
            OVERSEES,
            Some(Scope::ClarificationRead),
            "One question; the look is in the ledger, and whoever may decide is no longer blind for its hit.",
            clarification::show,
        ),
        Route::get(
            ("show_attachment", "/clarifications/{clarification_id}/attachment"),
            OVERSEES,
            Some(Scope::ClarificationRead),
            "What came with an answer; the look is in the ledger, and whoever may decide is no longer blind for its hit.",
            clarification::attachment,
        ),
        Route::post(
            ("send_clarification", "/clarifications/{clarification_id}/letter"),
            ASKS,
            Scope::ClarificationWrite,
            "Notes the letter that was sent to the unit.",
            clarification::send,
        )
        .refusing(&[SettledAlready]),
        Route::post(
            ("answer_clarification", "/clarifications/{clarification_id}/answer"),
            ASKS,
            Scope::ClarificationWrite,
            "Writes down what came of a question; its hit goes on.",
            clarification::answer,
        )
        .refusing(&[SettledAlready])
        .with_file(),
        Route::get(
            ("list_conflicts", "/conflicts"),
            SEES_CONFLICTS,
            Some(Scope::ConflictRead),
            "Conflicts of interest: your own, or everybody's for those who oversee.",
            conflict::list,
        )
        .refusing(&[BadCursor]),
        Route::post(
            ("note_conflict", "/conflicts"),
            DECIDES,
            Scope::ConflictWrite,
            "Notes that you are near to somebody. The answer is the same whoever is named.",
            conflict::note,
        ),
        Route::post(
            ("end_conflict", "/conflicts/{conflict_id}/end"),
            ENDS_CONFLICTS,
            Scope::ConflictWrite,
            "Ends a colleague's conflict of interest.",
            conflict::end,
        ),
    ]
}

fn register() -> Vec<Route> {
    vec![
        Route::get(
            ("summarise_register", "/register"),
            OVERSEES,
            Some(Scope::RegisterRead),
            "How far the register has come, by unit.",
            register::summary,
        ),
        Route::get(
            ("list_units", "/register/units"),
            OVERSEES,
            Some(Scope::RegisterRead),
            "All units.",
            register::units,
        ),
        Route::get(
            ("list_persons", "/register/persons"),
            OVERSEES,
            Some(Scope::RegisterRead),
            "Persons by name; the look is in the ledger.",
            register::persons,
        )
        .refusing(&[BadCursor]),
        Route::post(
            ("search_persons", "/register/persons/search"),
            OVERSEES,
            Scope::RegisterRead,
            "Persons by part of a name or code, or by NIP: in a body, because addresses are written down on the way. It \
             changes nothing.",
            register::search,
        )
        .refusing(&[BadCursor])
        .reading(),
        Route::get(
            ("show_person", "/register/persons/{person_id}"),
            OVERSEES,
            Some(Scope::RegisterRead),
            "One person with accounts and circumstances; the look is in the ledger.",
            register::person,
        ),
        Route::get(
            ("list_objections", "/objections"),
            OVERSEES,
            Some(Scope::ObjectionRead),
            "Objections to accounts; the look is in the ledger.",
            objection::list,
        ),
        Route::get(
            ("list_tips", "/tips"),
            OVERSEES,
            Some(Scope::TipsRead),
            "What people told, the latest first; the look is in the ledger.",
            tip::list,
        )
        .refusing(&[BadCursor]),
        Route::get(
            ("show_tip", "/tips/{tip_id}"),
            OVERSEES,
            Some(Scope::TipsRead),
            "One tip; the look is in the ledger.",
            tip::show,
        ),
        Route::get(
            ("show_picture", "/tips/{tip_id}/picture"),
            SEES_HITS,
            Some(Scope::TipsRead),
            "The screenshot of a tip, for reviewers once it is confirmed; the look is in the ledger.",
            tip::picture,
        ),
        Route::post(
            ("enter_tip", "/tips"),
            KEEPS_REGISTER,
            Scope::TipsWrite,
            "Enters what somebody told. A second person confirms it on its page.",
            tip::add,
        )
        .with_file(),
    ]
}

fn lists_and_sources() -> Vec<Route> {
    vec![
        Route::get(
            ("list_keyword_sets", "/keyword-sets"),
            TRIES,
            Some(Scope::KeywordsRead),
            "Every keyword list, and the version of it that is in force.",
            keyword::list,
        ),
        Route::get(
            ("show_keyword_set", "/keyword-sets/{set}"),
            TRIES,
            Some(Scope::KeywordsRead),
            "One list as it stands in the workshop.",
            keyword::show,
        )
        .refusing(&[Unreadable]),
        Route::get(
            ("list_keywords", "/keyword-sets/{set}/keywords"),
            TRIES,
            Some(Scope::KeywordsRead),
            "The keywords of a list, by id, with what people said of their hits.",
            keyword::keywords,
        )
        .refusing(&[BadCursor, Unreadable]),
        Route::post(
            ("try_text", "/text-trials"),
            TRIES,
            Scope::KeywordsRead,
            "What the lists in force say of a text, and why. Nothing is stored.",
            keyword::trial,
        )
        .reading(),
        Route::get(
            ("list_sources", "/sources"),
            SEES_HITS,
            Some(Scope::SourcesRead),
            "What is read, how well that works, and what cannot be seen at all.",
            source::list,
        ),
        Route::get(
            ("show_source", "/sources/{platform}"),
            OVERSEES,
            Some(Scope::SourcesRead),
            "One platform, and the accounts there that need an operator.",
            source::show,
        ),
    ]
}

fn overseeing() -> Vec<Route> {
    vec![
        Route::get(
            ("list_ledger", "/ledger"),
            READS_LEDGER,
            Some(Scope::LedgerRead),
            "The ledger from its beginning, for whoever verifies it.",
            ledger::list,
        )
        .refusing(&[BadCursor]),
        Route::get(
            ("show_statistics", "/statistics"),
            SEES_HITS,
            Some(Scope::StatisticsRead),
            "Figures of hits and decisions, in cells of five or more.",
            statistics::show,
        ),
        Route::get(
            ("show_quality", "/quality"),
            SEES_QUALITY,
            Some(Scope::QualityRead),
            "How well people agree: your own figures, everybody's for the lead, whose look is in the ledger. Nobody is \
             ranked.",
            quality::show,
        ),
        Route::get(
            ("show_parity", "/parity"),
            SEES_PARITY,
            Some(Scope::QualityRead),
            "Whether the sides are treated alike, in cells of five or more; the look is in the ledger.",
            parity::show,
        ),
        Route::get(
            ("list_users", "/users"),
            SEES_USERS,
            Some(Scope::UsersRead),
            "Who may log in, and what waits for a second person. Users are changed on their pages alone.",
            user::list,
        ),
        Route::get(
            ("show_user", "/users/{user_id}"),
            SEES_USERS,
            Some(Scope::UsersRead),
            "One user, and when they are away.",
            user::show,
        ),
    ]
}
