# Copies, quality of review, parity.
copies-count = { $n ->
    [one] { $x } copy
   *[other] { $x } copies
}
copies-go-on = Go on with its copies ({ $x } waiting)
copies-again = Same as the copy before: { $x }, { $y }
copies-again-help = This decision is about this person alone. Read first: circumstances, date and words may differ.
key-again = decide the same as for the copy before
group-title = Copies
group-heading = { $n ->
    [one] { $x } hit
   *[other] { $x } hits alike
}
group-intro = The same text or picture, posted by several accounts. It is read once; each hit is still decided by itself, under the same rules.
group-next = Take the first
group-close-open = Close { $x } together as not suspected
group-members = Hits of this group
group-more = Only the first two hundred are shown.
group-limits = Compared by their words, and by the content of pictures where that is known. Pictures that only the platform has are not compared.
group-closed = { $n ->
    [one] { $x } hit was closed as not suspected. It can be taken back within a minute.
   *[other] { $x } hits were closed as not suspected. They can be taken back within a minute.
}
group-reopened = { $n ->
    [one] { $x } decision was taken back; that is on record.
   *[other] { $x } decisions were taken back; that is on record.
}
group-nothing = Nothing has changed: no reason was chosen, the minute is over, or somebody has gone on from it.
group-none-left = Nothing in this group waits for you any more.
group-undo = { $n ->
    [one] Take back { $x } decision
   *[other] Take back { $x } decisions together
}
group-close-title = Close together
group-close-intro = Only as not suspected, only for the same words. Each hit gets a decision of its own under your name.
group-close-none = Nothing here can be closed together.
group-close-count = { $n ->
    [one] { $x } hit will be closed
   *[other] { $x } hits will be closed
}
group-close-reason = Reason
group-close-do = { $n ->
    [one] Close { $x } hit
   *[other] Close { $x } hits
}
group-close-weight = Can be taken back together within a minute. Some are still read by a second person, without anybody knowing which.
group-close-list = What is closed
apart-words = Other words: read by itself
apart-picture = A picture that was not compared: read by itself
apart-single = Read by itself, by the rules
apart-taken = Somebody else is reading it
apart-not-for-you = Not for you
member-free = waiting
member-others = waiting for others
member-decided = decided by you
member-closed = closed, or being asked about
slang-title = { $n ->
    [one] Slang ({ $x } word)
   *[other] Slang ({ $x } words)
}
slang-help = The usual standard words, in Indonesian, as a help; in this sentence they may mean something else.
share-few = fewer than five
share-of = { $x } of { $y }
share-percent = { $x } %
share-between = roughly between { $x } % and { $y } %
about-seconds = about { $x } seconds
about-minutes = about { $x } minutes
time-between = between { $x } and { $y }
nav-quality = Quality
nav-parity = Parity
quality-title = Quality of review
quality-intro = How often two people who read without knowing of each other came to the same result, in the last 180 days. No ranking and no target.
quality-own = Your figures
quality-own-help = Only you and the lead see them. To disagree is no mistake: that is what two people are for.
quality-agreed = Same result as the other reader
quality-golden = Practice with the same result
quality-time = Reading time, median
quality-clauses = Agreement by rule
quality-clauses-help = The second reader does not know the first result. What the first suspects is always read again; of what they dismiss only a small part is, so the two rows are not to be compared.
quality-first = First reader
quality-second = Second reader agrees
quality-no-pairs = Nothing has been read twice yet.
quality-readers = Each reader's figures
quality-readers-help = By name. Everybody reads other hits, so the figures are not to be compared between people.
quality-keywords = Difficult keywords
quality-keywords-help = Their hits are often dismissed (eight of ten or more), or readers often differ (two of five or more). An exception or a neighbouring word may be missing.
quality-no-keywords = No keyword stands out.
quality-dismissed = Dismissed
quality-disputed = Readers differ
golden-title = Practice with known answers
golden-intro = Hits that are closed and undisputed, read blind once more. This is practice: no decision, and nothing follows from it for anybody.
golden-same = The same result
golden-other = Your result differs
golden-said = You
golden-known = Known answer
golden-next = Next one
golden-save = Save the answer
golden-weight = The first answer counts, for you and the lead only.
golden-none = There is nothing left to practise with at the moment.
golden-mark = Practice item
golden-why = What should be seen
golden-why-help = Shown after the answer. Name nobody.
golden-mark-do = Make it a practice item
golden-marked = This hit is a practice item now.
golden-not-fit = Only hits that are closed, undisputed and still kept in full can be practice items.
golden-list = Practice items
golden-list-help = The post is read where it stands: when it is removed by the rules of retention, the item is out of use with it.
golden-list-none = None yet. The lead chooses them on the page of a closed hit.
golden-retire = Take out of practice
parity-title = Parity between sides
parity-intro = Whether each side is treated the same: hits, the share that two people upheld, and reading time, in the last year.
parity-none = There are no hits yet that name a side.
parity-parties = { $x }: parties
parity-hits = Hits
parity-upheld = Upheld, of those closed
parity-time = Reading time, median
parity-several = Naming several sides at once, counted for none of them: { $x }.
parity-alike = No difference goes beyond chance.
parity-few = Too few to compare: at least twenty closed ones for a side and for all others together.
parity-warn-upheld = The share upheld for { $x } differs from the other sides. By chance alone a difference as large as this comes about in only { $y } % of cases.
parity-warn-time = The reading time for { $x } differs from the other sides. By chance alone a difference as large as this comes about in only { $y } % of cases.
parity-limits = What this page does not prove
parity-limit-posts = A warning is no proof of partial reviewers: the posts themselves may differ, for example where one side calls for votes more openly. Read examples before concluding anything.
parity-limit-alike = Without a warning treatment may still differ: what the lists never find is not counted here.
parity-limit-method = Shares are compared by Fisher's exact test, reading times by the Mann-Whitney test, each side with all others together; the chances are corrected after Holm for all comparisons on this page.
parity-limit-who = Reviewers and verifiers do not see this page, so that it does not colour what they read next.
ledger-group-viewed = Group of copies opened
ledger-group-closed = Group of copies closed together
ledger-group-reopened = Closing together taken back
ledger-golden-marked = Practice item marked
ledger-golden-retired = Practice item taken out
ledger-golden-read = Practice item answered
ledger-quality-viewed = Readers' figures opened
ledger-parity-viewed = Parity between sides opened
