# Queue, one hit, decision, trying a text.
queue-title = Queue
queue-order = Order: strongest indication first; of equal strength, the one that has waited longest. Names and units are not shown.
queue-next = Claim next
queue-none-free = Nothing can be claimed at the moment: all has been decided or is being reviewed.
queue-news = { "{" }n{ "}" } new indications.
queue-reload = Reload
queue-empty = No indication is waiting.
queue-empty-filtered = No indication with these filters.
count-open = Waiting
count-claimed = Being reviewed
count-mine = With you
count-today = Decided today
filter-label = Filters
filter-clause = Clause
filter-platform = Platform
filter-verb = Act
filter-mine = Reviewer
filter-only-mine = With me
filter-all = All
filter-apply = Filter
filter-clear = Clear filters
held-by-me = With you
held-by = With { $x }
saved = Decision saved.
saved-open = See that decision

hit-title = Review
hit-content = Content
hit-is-edition = Edited: a later version of a post that was read before
hit-has-editions = { $n ->
    [one] Edited { $x } time since; this version stays as it was read
   *[other] Edited { $x } times since; this version stays as it was read
}
hit-deleted = Deleted by its author, as the service says, { $x }
hit-unavailable = Not available any more since { $x } (which does not mean deleted)
hit-attached = { $n ->
    [one] { $x } attachment (picture or video). It is not loaded here; see the original post.
   *[other] { $x } attachments (pictures or videos). They are not loaded here; see the original post.
}
hit-target-url = Target address
hit-why = Why it is here
hit-score = Score
hit-sum = Sum
hit-counter = What speaks against it
hit-counter-none = The machine found nothing that speaks against it. That does not mean there is nothing.
hit-seen = Mentioned
hit-matches = What matched
hit-more-matches = { $n ->
    [one] { $x } further match is not listed.
   *[other] { $x } further matches are not listed.
}
hit-rule = Clause of the circular
hit-also = Weigh also:
hit-circular = Circular
hit-stage = Stage
hit-contest = Election
hit-list = List and version
hit-reference = Joint decree, for reference
hit-reference-item = item { $x }
hit-reference-unverified = not yet compared with the original
hit-reference-help = Information only. Sanctions are no business of this page.
hit-clocks = Three clocks
clock-happened = Happened
clock-posted = Posted
clock-seen = First seen
clock-unknown = unknown
hit-original = Open the original post
hit-original-help = This address shows whose account it is. For an unprejudiced first look, decide first if you can.

decide-label = Decision
claim-mine = This indication is with you until { $x }.
claim-release = Release
claim-theirs = { $x } is reviewing this until { $y }.
claim-free = Nobody is reviewing this. Claim it to decide; it is then yours for { $x } minutes.
claim-take = Claim
claim-decided = Somebody else has decided. The result is not shown, so that your judgement stays your own.
claim-background = Background only: its score is below the queue's limit.
claim-look-only = Waiting for a reviewer. Your role only reads.
claim-done = You have decided on this indication.

decide-title = Your decision
decide-outcome = Outcome
decide-reason = Reason: { $x }
decide-clause = Clause of the circular
decide-clause-choose = Choose a clause
decide-clause-machine = the machine's proposal
decide-note = Note
decide-note-help = For clarification and suspicion: what you see, at least ten characters.
decide-save = Save decision
decide-weight = A decision cannot be changed; a correction is a further row. Your name is recorded.
problem-summary = The decision has not been saved:
problem-outcome = Choose an outcome.
problem-reason = Choose a reason.
problem-reason-other = That reason is not for the outcome you chose. Choose one below that outcome.
problem-clause = Choose the clause that you mean.
problem-clause-unknown = That clause is not in this circular.
problem-note = Write a note of at least ten characters.
problem-note-long = A note has at most 4,000 characters.
notice-held = Somebody else is reviewing this indication. Your decision has not been saved.
notice-decided = This indication has been decided. Your decision has not been saved.
notice-reclaimed = Your time had run out, and the indication has just been claimed for you again. The decision has not been saved: check, then save once more.
notice-gone = This indication can no longer be claimed.
decisions-title = Decisions
person-title = Owner of the account
person-name = Name
person-status = Status
person-position = Position
person-unit = Unit
person-account = Account
person-blind = The owner of the account appears once your decision is saved.
person-unlinked = The account's link was withdrawn: the account turned out to be somebody else's. This hit concerns nobody in the register.

try-title = Try a text
try-intro = See what the live lists say of a sentence, and why.
try-text = Text
try-more = Picture, target, act, date
try-alt = Alt text of a picture
try-verb = Act
try-target = Target account
try-date = Date of posting
try-submit = Try
try-private = Nothing is stored.
try-empty = Fill in a text, an alt text or a target account.
try-too-long = A text has at most 20,000 characters.
try-date-wrong = The date cannot be read.
try-nothing = No indication
try-nothing-help = { $n ->
    [0] No list is live at the moment.
    [one] The live list finds nothing in this text.
   *[other] The { $x } live lists find nothing in this text.
}
try-review = Would go to the queue.
try-context = Background only: would not be queued.
