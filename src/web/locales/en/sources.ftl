# Sources & coverage.
sources-title = Sources & coverage
sources-intro = Registered accounts that are read, by platform, since the program began.
sources-empty = No account is read yet.
sources-never = never
sources-not-yet = Not read yet
sources-fine = Running
sources-failing = { $n ->
    [one] { $x } account could not be read
   *[other] { $x } accounts could not be read
}
sources-parked = { $n ->
    [one] { $x } account waits for the operator
   *[other] { $x } accounts wait for the operator
}
sources-overdue = { $n ->
    [one] { $x } account is overdue
   *[other] { $x } accounts are overdue
}
sources-last-error = Latest failure
sources-words = What the figures mean
sources-kept-help = New posts of registered accounts.
sources-known-help = Posts that were there already; read again without doubling.
sources-turned-away-help = Not of an account registered on that day. Only counted, never kept.
sources-rejected-help = Could not be read or stored; waits for the operator.
sources-blind = What cannot be seen
sources-blind-help = Platforms seldom show likes, follows and groups to third parties. No indication is no proof that nothing happened.
sources-lag = { $n ->
    [one] { $x } minute late
   *[other] { $x } minutes late
}
sources-unavailable = { $n ->
    [one] { $x } account is not shown by its service
   *[other] { $x } accounts are not shown by their service
}
sources-off = Switched off
sources-no-ground = Waits for a legal ground
sources-paused-rate = Paused until { $x }, as the service asks
sources-paused-fault = Service at fault; tried again at { $x }
sources-paused-denied = The service refuses netral: check its key or permission. Tried again at { $x }
sources-quota = { $x } of { $y } units left today
sources-seen = What can be seen
sources-seen-help = By each platform's official interface. What is not shown cannot be judged, neither for a person nor against.

sight-read = Seen
sight-read-help = Read from the registered account itself.
sight-audience = Through campaign accounts
sight-audience-help = Seen only at campaign accounts that the keyword lists name. People outside the register are not kept.
sight-import = By file
sight-import-help = Only where somebody lawfully captured it and takes the file in.
sight-never = Not seen
sight-never-help = The platform does not show it to others.

source-terms = Terms and ground
source-ground = Legal ground
source-ground-help = For instance a contract with the provider, the owner's consent, a written permission.
source-document = Number and date of the document
source-recorded = Recorded by
source-ground-needed = This source is not read until its legal ground is recorded.
source-ground-free = This source needs no ground of its own; the program's still holds.
source-ground-do = Record the ground
source-ground-end = End this ground
source-ground-short = Write the ground (at least 10 characters) and its document.
source-ground-there = A ground is recorded already. End it before recording another.
source-switch = Switch
source-is-on = This source is on.
source-is-off = Switched off by { $x }, { $y }.
source-turn-on = Switch on
source-turn-off = Switch off
source-troubled = Accounts that an operator should look at
source-troubled-none = None.
source-troubled-help = Unavailable does not mean deleted. What was kept does not change because of it.
source-account = Account
source-renamed = Now called
source-next = Next
source-parked = Waits for an operator
source-failures = { $n ->
    [one] failed { $x } time
   *[other] failed { $x } times in a row
}
source-again = Try again
source-again-all = Try all that wait again
source-campaigns = Campaign accounts whose reactions are read
source-campaigns-help = From the lists in force. Only reactions of registered accounts are kept; other people's are only counted.
source-strangers = Other people (counted only)

account-state-not-found = Not found
account-state-suspended = Suspended by the service
account-state-deactivated = Switched off by its owner
account-state-private = Not public
account-state-moved = Its handle leads to another account
account-state-moved-away = Moved to another account

terms-bluesky = An open protocol; all records are public. Accounts that ask not to be shown to people without a log-in are not read.
terms-mastodon = An open protocol. Each server has rules of its own; what is not set to public is not read.
terms-feed = Sites and feeds that their owners publish for anybody to read.
terms-telegram = Only the public preview of channels. Groups, members and individual reactions are not shown.
terms-youtube = Through the official interface with a key of one's own, 10,000 units a day. Comments are seen only at campaign videos.
terms-x = X's terms forbid surveillance and profiling by political views without written approval; reading by a government needs an Enterprise contract, and tying an account to a person needs that person's consent.
terms-tiktok = TikTok's research interface is for approved researchers only. The shapes of its answers for likes, reposts and follows could never be compared with real payloads.
terms-threads = Needs Meta's approval of the app. Only posts of public profiles.
terms-instagram = Needs Meta's approval of the app. Only professional accounts can be seen.
terms-facebook = Needs Meta's approval of the app. Only Pages; personal profiles and groups are not shown.
