# Words for values of the database.
verb-post = Post
verb-comment = Comment
verb-share = Share
verb-like = Like
verb-follow = Follow
verb-join = Join

kind-candidate = candidate's name
kind-party = party
kind-symbol = symbol
kind-hashtag = hashtag
kind-slogan = slogan
kind-account = campaign account
kind-gesture = gesture
kind-number = ballot number
kind-cue = word of stance
kind-allow = exception

stance-support = in support
stance-oppose = against
stance-neutral = no stance readable

outcome-bukan-dugaan = No suspicion
outcome-bukan-dugaan-help = Not against the circular; closed, and deleted after the retention time.
outcome-perlu-klarifikasi = Needs clarification
outcome-perlu-klarifikasi-help = Cannot be judged without asking the person concerned.
outcome-dugaan = Suspicion
outcome-dugaan-help = Reasonably suspected of breaching a clause; waits for a second reviewer.

reason-makna-lain = Everyday word, or another person or thing
reason-informasi-berita = News, information or official announcement
reason-tugas-resmi = Official duty, permit or assignment letter
reason-kritik-layanan = Criticism of a service or policy
reason-bukan-akunnya = Not that person's account or act
reason-di-luar-lingkup = Outside the circular's time or election
reason-maksud-tidak-jelas = What is meant cannot be told
reason-pelaku-tidak-jelas = Who acted cannot be told (hacked, family, slip)
reason-bukti-kurang = Evidence incomplete (picture, context or target)
reason-dukungan = Calls to vote for, or praises, a contestant
reason-serangan = Attacks a contestant
reason-materi-kampanye = Spreads campaign material
reason-foto-simbol = Picture with candidate, symbol, attribute or gesture
reason-akun-pemenangan = Follows, likes or has joined a campaign account

role-operator = Operator
role-operator-help = You run the service and register accounts. You may read the queue but do not decide.
role-reviewer = Reviewer
role-reviewer-help = You take indications from the queue, review them and decide.
role-verifier = Verifier
role-verifier-help = You judge as the second person, without knowing what the first decided.
role-keyword-admin = Keyword administrator
role-keyword-admin-help = You renew the keyword lists and try them on the page for texts. You do not see staff posts.
role-unit-head = Head of unit
role-unit-head-help = Results for your unit appear once the review is done.
role-auditor = Auditor
role-auditor-help = You read everything and change nothing. Every opening is recorded.
role-lead = Lead
role-lead-help = You review, decide, and settle differences.
role-user-admin = User administrator

status-kades = Village head
status-perangkat-desa = Village official

platform-feed = Website (feed)

stage-outside = outside the stages
stage-undated = without a date

strength-high = Strong indication
strength-middle = Medium indication
strength-low = Weak indication
strength-background = Background

ago-now = just now
ago-minutes = { $n ->
    [one] { $x } minute ago
   *[other] { $x } minutes ago
}
ago-hours = { $n ->
    [one] { $x } hour ago
   *[other] { $x } hours ago
}
ago-days = { $n ->
    [one] { $x } day ago
   *[other] { $x } days ago
}

field-text = Text
field-target-text = Text of the target post
field-target-handle = Target account
field-hashtag = Hashtag { $x }
field-mention = Mention { $x }
field-alt = Alt text of picture { $x }
field-ocr = Writing in picture { $x }

target-post = Post
target-account = Account
target-group = Group
target-other = Target
