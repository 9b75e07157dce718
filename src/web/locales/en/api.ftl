# Tokens of the API, and its refusals.
tokens-title = API tokens
tokens-text = For programs that act on your behalf. A token never does more than your role allows, and everything it does is recorded under your name.
token-add = Make a token
token-name = Name
token-name-hint = What the token is for, for example weekly report.
token-lifetime = Valid for
token-days = { $n ->
    [one] { $x } day
   *[other] { $x } days
}
token-scopes = May be used for
token-make = Make the token
token-times = valid until { $x }, last used { $y }
token-never = never
token-revoke = Revoke { $x }
token-made = New token
token-made-for = Token for { $x }:
token-once = This token is shown once and is not stored. Keep it where only that program reads it.
token-done = I have kept it
token-revoked = The token is revoked.
token-bad = Enter a name and choose at least one use.
token-many = You have twenty tokens already. Revoke those that are not used.
token-gone = That token is no longer valid.
scope-queue-read = Reading the queue
scope-hit-read = Reading hits
scope-hit-decide = Taking, passing on and deciding hits
scope-clarification-read = Reading clarifications
scope-clarification-write = Noting letters and answers of clarifications
scope-conflict-read = Reading conflicts of interest
scope-conflict-write = Noting and ending conflicts of interest
scope-register-read = Reading the register
scope-objection-read = Reading objections
scope-keywords-read = Reading keywords and trying texts
scope-sources-read = Reading sources and coverage
scope-tips-read = Reading preliminary information
scope-tips-write = Entering preliminary information
scope-ledger-read = Reading the audit ledger
scope-statistics-read = Reading statistics
scope-quality-read = Reading quality and balance
scope-users-read = Reading the list of users
ledger-token-made = API token made
ledger-token-revoked = API token revoked

api-bad-request = The request cannot be read
api-bad-request-help = Its address, parameters or body are not those of the OpenAPI document. Unknown parameters are refused.
api-bad-cursor = Unknown cursor
api-bad-cursor-help = Use the value of next from the page before, or begin anew without a cursor.
api-bad-key = The request's key cannot be used
api-bad-key-help = Idempotency-Key is 1 to 255 visible ASCII characters.
api-not-authenticated = The token is not valid
api-not-authenticated-help = Send Authorization: Bearer with a token that was made on your account page and is neither revoked nor expired.
api-role-forbidden = Your role does not include this
api-role-forbidden-help = If your work needs it, ask the user administrator.
api-scope-missing = This token was not made for that
api-scope-missing-help = Make a token with the scope that the OpenAPI document names for this operation.
api-password-due = The initial password is not changed yet
api-password-due-help = Log in, choose a password of your own on your account page, and the token is valid again.
api-second-factor-due = The second factor is not set up yet
api-second-factor-due-help = Your role needs a second factor. Set it up on your account page, and the token is valid again.
api-not-found = There is nothing here
api-not-found-help = The address is wrong, or its content was destroyed according to the retention schedule.
api-method-not-allowed = This address has no such method
api-method-not-allowed-help = See the OpenAPI document for the methods there are.
api-held-by-other = Somebody else is reviewing it
api-held-by-other-help = Try again when their time is up, or take another one.
api-not-for-you = You cannot take this hit
api-not-for-you-help = You have decided on it or passed it on, it is put aside or referred to somebody else, or you are near to its owner.
api-hit-closed = This hit does not wait any more
api-hit-closed-help = It is decided, or never was in the queue.
api-not-held = You do not hold this hit
api-not-held-help = Take it first; if you did, your time is up.
api-undo-too-late = The decision can no longer be taken back
api-undo-too-late-help = A decision can be taken back within one minute.
api-undo-moved-on = Somebody has gone on from it
api-undo-moved-on-help = A decision that somebody has gone on from cannot be taken back.
api-settled-already = It is settled already
api-settled-already-help = See how it stands now.
api-nothing-to-close = Nothing can be closed together
api-nothing-to-close-help = Somebody took them, or they are no longer alike. Read the group once more.
api-not-fit = This hit cannot be practised with
api-not-fit-help = Only a closed hit that nobody disputed, and whose post is still kept, can be practised with.
api-unreadable = This list has faults
api-unreadable-help = The list's file cannot be read; mend it on the list's page.
api-key-in-flight = A request with this key is being answered
api-key-in-flight-help = Wait a moment, then send the same request again.
api-too-large = The body is too large
api-too-large-help = Shorten it; a file may have 5 MiB.
api-unsupported-media-type = Unknown media type
api-unsupported-media-type-help = Send JSON with Content-Type: application/json.
api-invalid = The body cannot be taken
api-invalid-help = See the fields that errors names, or compare it with the OpenAPI document.
api-key-reused = This key belongs to another request
api-key-reused-help = Use a new key for a request with another content.
api-too-many-requests = Too many requests
api-too-many-requests-help = Wait as many seconds as Retry-After says.
api-internal = Something went wrong in netral
api-internal-help = It is recorded for the operator. Try again; if it happens again, say at what time.
api-unavailable = The service is not ready
api-unavailable-help = The database does not answer at the moment. Try again in a little while.

view-no-name = Give this view a name.
view-no-query = Choose at least one filter.
search-empty = Write a word of a post, or the number of a hit.

# The daily digest. It names nobody.
digest-subject = netral: digest of { $x }
digest-open = { $n ->
    [0] No hit is waiting.
    [one] { $x } hit waits for people.
   *[other] { $x } hits wait for people.
}
digest-late = { $n ->
    [one] { $x } is past its deadline
   *[other] { $x } are past their deadline
}
digest-due = { $n ->
    [one] { $x } is due within a day
   *[other] { $x } are due within a day
}
digest-oldest = The oldest was found { $x }
digest-questions = Questions to persons
digest-unsent = { $n ->
    [one] { $x } letter is not sent yet
   *[other] { $x } letters are not sent yet
}
digest-awaited = { $n ->
    [one] { $x } answer is awaited
   *[other] { $x } answers are awaited
}
digest-overdue = { $n ->
    [one] { $x } answer is due
   *[other] { $x } answers are due
}
digest-second = Waiting for a second person
digest-proposals = { $n ->
    [one] { $x } proposal about a user
   *[other] { $x } proposals about users
}
digest-tips = { $n ->
    [one] { $x } tip
   *[other] { $x } tips
}
digest-declarations = { $n ->
    [one] { $x } declaration
   *[other] { $x } declarations
}
digest-objections = { $n ->
    [one] { $x } objection
   *[other] { $x } objections
}
digest-accounts = { $n ->
    [one] { $x } account waits for approval
   *[other] { $x } accounts wait for approval
}
digest-sources = Sources in trouble
digest-source-off = switched off
digest-source-denied = refuses netral
digest-source-fault = does not answer
digest-source-rate = asks for a pause
digest-source-accounts = { $n ->
    [one] { $x } account could not be read
   *[other] { $x } accounts could not be read
}
