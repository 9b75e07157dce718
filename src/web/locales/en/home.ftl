# Home page, search, text size.
home-title = Home
home-intro = Welcome, { $x }. This is what waits, and what has happened.
home-waiting = What waits
home-nothing = Nothing waits for you.
home-open = { $n ->
    [one] hit waits for a decision
   *[other] hits wait for a decision
}
home-oldest = the oldest came in { $x }
home-overdue = { $n ->
    [one] { $x } is overdue
   *[other] { $x } are overdue
}
home-due-soon = { $n ->
    [one] { $x } is due within a day
   *[other] { $x } are due within a day
}
home-mine = { $n ->
    [one] hit is held by you
   *[other] hits are held by you
}
home-referred = { $n ->
    [one] { $x } was passed on to you
   *[other] { $x } were passed on to you
}
home-asked = { $n ->
    [one] clarification without an answer
   *[other] clarifications without an answer
}
home-unsent = { $n ->
    [one] { $x } letter has not been sent
   *[other] { $x } letters have not been sent
}
home-asked-late = { $n ->
    [one] { $x } is past its day
   *[other] { $x } are past their day
}
home-objections = { $n ->
    [one] objection waits to be settled
   *[other] objections wait to be settled
}
home-accounts = { $n ->
    [one] account waits for a second person
   *[other] accounts wait for a second person
}
home-declarations = { $n ->
    [one] declaration waits
   *[other] declarations wait
}
home-tips = { $n ->
    [one] tip waits
   *[other] tips wait
}
home-sources = { $n ->
    [one] source has trouble
   *[other] sources have trouble
}
home-users = { $n ->
    [one] proposal about a user waits for a second person
   *[other] proposals about users wait for a second person
}
home-keywords = { $n ->
    [one] keyword is over its daily cap
   *[other] keywords are over their daily cap
}
home-figures = The last thirty days
home-by-clause = Hits per day by clause
home-by-stage = Hits per day by stage
home-stage = Stage
home-ages = How long hits have waited
home-ages-none = No hit waits.
home-age-day = less than a day
home-age-three = 1 to 3 days
home-age-week = 3 to 7 days
home-age-fortnight = 7 to 14 days
home-age-longer = 14 days or longer
home-endings = How hits ended that were closed within 90 days
home-endings-none = No hit has been closed yet.
chart-few = fewer than 5
chart-note = Figures below five are not given, so that nobody can be recognised by them. The charts are counted anew every five minutes at most.
chart-empty = There was no hit in this time.
chart-as-table = The figures are in the table below the chart.
chart-table = Figures as a table
chart-day = Day
search-title = Search
search-text = Words of a post, or the number of a hit
search-do = Search
search-intro-hits = Hits are found by the words of their posts. Posts without a hit cannot be searched. Each search is noted in the ledger.
search-intro-all = Hits are found by the words of their posts, persons by name, NIP, code or handle. Posts without a hit cannot be searched. Each search is noted in the ledger.
search-hits = Hits
search-persons = Persons of the register
search-found-hits = { $n ->
    [0] No hit.
    [one] One hit.
   *[other] { $x } hits.
}
search-found-persons = { $n ->
    [0] No person.
    [one] One person.
   *[other] { $x } persons.
}
search-state-open = waiting
search-state-asked = being clarified
search-state-closed = closed
size-label = Text size
size-biasa = usual
size-besar = large
size-terbesar = largest
ledger-search-done = Search
ledger-clock-ahead = The server clock leapt ahead
ledger-clock-back = The server clock was set back
