# Lists, register, audit, unit, help.
col-platform = Platform
col-accounts = Accounts
col-last = Last success
col-state = State
col-kept = New
col-known = Known
col-turned-away = Not in register
col-rejected = Held back
col-unit = Unit
col-persons = Persons
col-active = Accounts read
col-waiting = Awaiting approval
col-stopped = Stopped
col-seq = No.
col-at = Time
col-kind = Event
col-actor = Actor
col-subject = Subject
col-detail = Detail
col-hash = Hash

keywords-title = Keywords
keywords-intro = The live lists. A published list never changes; every indication names its version.
keywords-empty = No list has been published yet.
keywords-id = List
keywords-version = Version
keywords-since = Live since
keywords-clauses = { $n ->
    [one] { $x } clause of the circular
   *[other] { $x } clauses of the circular
}

register-title = Register
register-intro = Progress of account registration by unit.
register-intro-cells = Progress of account registration by unit. Figures below five are not given.
register-empty = The register is still empty.
register-waiting = { $n ->
    [one] { $x } account waits for a second person's approval. Until then it is not read.
   *[other] { $x } accounts wait for a second person's approval. Until then they are not read.
}

audit-title = Audit
audit-intro = A ledger that only grows; each row locks the one before. Check it outside the system with: netral evidence verify.
audit-length = Rows
audit-head = Hash of the last row
audit-newest = Newest
audit-older = Older
ledger-user-login = Log-in
ledger-user-logout = Log-out
ledger-user-login-failed = Failed log-in
ledger-user-added = User added
ledger-user-password = Password changed
ledger-user-disabled = User disabled
ledger-user-enabled = User enabled
ledger-hit-viewed = Review opened
ledger-hit-decided = Decision
ledger-hit-unmasked = Name uncovered before the decision
ledger-hit-skipped = Indication skipped
ledger-hit-referred = Indication referred
ledger-hit-put-aside = Indication put aside
ledger-hit-decision-undone = Decision undone
ledger-clarification-listed = Clarifications listed
ledger-clarification-viewed = Clarification opened
ledger-clarification-sent = Clarification letter sent
ledger-clarification-settled = Clarification settled
ledger-conflict-listed = Conflicts of interest listed
ledger-conflict-noted = Conflict of interest noted
ledger-conflict-ended = Conflict of interest ended
ledger-import-file = File imported
ledger-retention-swept = Data past its window removed
ledger-source-switched-on = Source switched on
ledger-source-switched-off = Source switched off
ledger-source-ground-recorded = Legal ground of a source recorded
ledger-source-ground-ended = Legal ground of a source ended
ledger-source-taken-up = Accounts of a source taken up again
ledger-demo-seeded = Made-up data written
ledger-keywords-published = List published
ledger-program-proposed = Program proposed
ledger-program-approved = Program approved
ledger-register-imported = Register imported
ledger-register-approved = Accounts approved
ledger-account-stopped = Account stopped
ledger-intake-page = Posts came in

unit-title = Your unit
unit-text = Results for your unit appear here once the review is done. Before that nothing is shown, not even a count.
unit-duty = A direct superior's duty to summon and examine runs from the day of official notice.

help-title = Help
help-words = Words
help-indication = Indication
help-indication-text = What the machine found: a word, hashtag or account from the list, at the place shown.
help-suspicion = Suspicion
help-suspicion-text = What a reviewer states after reading, with a clause of the circular and a note.
help-violation = Violation
help-violation-text = Decided only by the competent authority, outside netral.
help-blind = First look
help-blind-text = Name, unit and others' decisions appear only after your own decision is saved.
help-lease = Claim and release
help-lease-text = What you have claimed cannot be claimed by others until its time runs out or you release it.
help-role = Your role: { $x }
