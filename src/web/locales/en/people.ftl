# The register's pages, declarations, objections, preliminary information.
platform-tip = Tip
save = Save
choose = Choose
form-faults = Not saved yet. Mend the fields that are marked.
first-day = Valid from
last-day = Last day
last-day-open = Valid until (blank: no end)
days-since = since { $x }

reg-tabs = Pages of the register
reg-tab-figures = Figures
reg-tab-persons = Persons
reg-tab-units = Units
reg-tab-approval = Approval
reg-tab-declarations = Declarations
reg-tab-objections = Objections
reg-tab-tips = Tips
reg-tab-invitations = Invitations
reg-tab-import = Import
settled-already = It is settled already, or there is nothing of that name. Look at how things stand now.
settle-choose = Choose one.
settle-why = Write the reason, at least five characters.
settle-same = You have said so already; a second person settles it.

units-title = Units
units-intro = Regional agencies and the units below them. Codes never change, because register files name them.
units-none = There is no unit yet.
unit-add = Add a unit
unit-code = Unit code
unit-name = Unit name
unit-kind = Kind
unit-kind-hint = For example dinas, badan, kecamatan.
unit-rename = Rename
unit-added = The unit was added.
unit-renamed = The unit has its new name.
unit-bad = Check code and name: both are needed, and neither may be too long.
unit-code-taken = Another unit has that code.

persons-title = Persons
persons-intro = Persons in the register. Every search, and every look at a person's page, is in the audit book.
persons-search = Search
persons-text = Name, NIP or code
persons-found = { $n ->
    [0] Nobody fits.
    [one] { $x } person.
   *[other] { $x } persons.
}
persons-active = { $x } read
persons-waiting = { $x } waiting
persons-stopped = { $x } stopped
person-page = Person
person-add = Add a person
person-edit = Change data
person-logged = This look at the page is in the audit book.
person-data = Data
person-code = Staff code
person-code-hint = The regency's own code; it can't be changed later.
person-code-fixed = The code can't be changed.
person-nip = NIP or NI PPPK
person-nip-hint = 18 digits; only for PNS and PPPK.
person-grade = Grade
person-added = The person was added. Link their accounts below.
person-saved = The data are saved.
person-reopened = { $n ->
    [one] Saved. Name or NIP changed: one account is not read until a second person approves it anew.
   *[other] Saved. Name or NIP changed: { $x } accounts are not read until a second person approves them anew.
}
person-edit-reopens = If name or NIP change, this person's accounts are not read until a second person approves them anew: the approval was given under another name.
person-no-unit = Choose a unit.
person-no-code = Give a code of at most 64 characters.
person-no-name = Give a name of at most 200 characters.
person-no-status = Choose a status.
person-code-taken = Somebody else has that code.
person-nip-taken = Somebody else has that NIP.
person-refused = This can't be saved; check the fields.

accounts-title = Accounts
accounts-none = There is no account yet.
account-add = Add an account
account-added = The account was added. It is read once a second person approves it.
account-handle = Account name
account-id = The platform's stable id
account-id-hint = DID, account number, or address of the feed; names change, ids do not.
account-proof = Proof of the link
account-note = Where the proof is kept
account-note-hint = For example the number of the minutes, or the folder.
account-days = Valid
account-hands-label = Recorded by
account-linked-by = { $x }
account-hands = { $x }, approved by { $y }
account-own = You linked it; a second person approves it.
account-own-short = linked by you
account-approve = Approve this account
account-approved = { $n ->
    [one] { $x } account approved. It is read from now on.
   *[other] { $x } accounts approved. They are read from now on.
}
account-none-approved = Nothing was approved: the accounts are approved already, stopped, linked by yourself, or changed since this page was opened. Look at them again.
account-end = End
account-end-help = For an account that is no longer used, or a person who moved. Posts after the last day are not read.
account-ended = The account's last day is saved.
account-bad-end = The last day must not lie before the first, nor after the last day that is set already.
account-object = Objection: not their account
account-object-help = Reading of this account stops at once, until two people have settled the objection.
account-object-do = Stop now
account-stopped = Reading of the account has stopped. The objection waits for two people.
account-still = This account stands still already.
account-end-reason = Reason (needed where the last day lies in the past)
account-end-why = The last day lies in the past: write the reason, at least five characters.
account-why = Write the reason, at least five characters.
account-no-platform = Choose a platform.
account-no-handle = Give the account's name.
account-no-id = Give the platform's stable id for every account that is used.
account-no-proof = Choose the proof of the link.
account-no-note = Write where the proof is kept.
account-bad-days = Check the dates: the last day must not lie before the first.
account-taken = An account with that id is in the register already.
account-refused = This account can't be saved; check the fields.
account-state-read = read
account-state-waiting = waits for a second person
account-state-stopped = stopped, objection not settled
account-state-ended = ended
account-state-to-come = not begun
account-state-unlinked = unlinked: not their account
proof-declared = Declared by the person
proof-face-to-face = Checked face to face
proof-official-page = Named on an official page

circumstances-title = Circumstances
circumstances-intro = What may make an act permitted. Information for reviewers only; the machine does not weigh it.
circumstances-none = Nothing is noted.
circumstances-hint = Information only. Check the document before you judge.
circumstance-cltn = Unpaid state leave (CLTN)
circumstance-spouse = Spouse of a candidate
circumstance-permit = Permit to serve on an election committee
circumstance-add = Note a circumstance
circumstance-noted = The circumstance is noted.
circumstance-ended = The circumstance's last day is saved.
circumstance-end = Change the last day
circumstance-bad-end = The circumstance's last day must not lie before its first.
circumstance-noted-by = noted by { $x }
circumstance-kind = Circumstance
circumstance-contest = Election
circumstance-contest-hint = Needed for a candidate's spouse: which election, which candidate.
circumstance-document = Number and date of the document
circumstance-holds = holds today
circumstance-held = held on the day of the act
circumstance-not-held = did not hold on the day of the act
circumstance-no-kind = Choose a circumstance.
circumstance-no-document = Give the document's number, at least three characters.
circumstance-no-contest = Name the election.
circumstance-bad-days = Check the dates: the last day must not lie before the first.

approval-title = Approval of accounts
approval-intro = Accounts that somebody linked and that wait for a second person. They are not read before that.
approval-total = { $n ->
    [0] No account waits.
    [one] { $x } account waits.
   *[other] { $x } accounts wait.
}
approval-do = Approve the chosen ones

import-title = Import the register
import-intro = The file is checked first; nothing changes before you say so.
import-upload = Upload a file
import-help = One row per account; a person with two accounts has two rows, one without any leaves the account's columns blank. The columns:
import-check = Check the file
import-result = Result of the check
import-rows = { $n ->
    [one] { $x } row can be read.
   *[other] { $x } rows can be read.
}
import-new = New: { $x } units, { $y } persons, { $z } accounts.
import-known = { $n ->
    [one] { $x } row changes nothing.
   *[other] { $x } rows change nothing.
}
import-problems = Mend what stands below, then upload again. Nothing was stored.
import-more = and { $x } more problems
import-row = Row
import-column = Column
import-problem = Problem
import-take = Take into the register
import-drop = Cancel
import-taken = { $n ->
    [one] The register is up to date. { $x } account waits for a second person.
   *[other] The register is up to date. { $x } accounts wait for a second person.
}
import-dropped = The import was cancelled; nothing changed.
import-refused = Nothing was taken in: the register has changed meanwhile, and one row no longer fits. Upload the file once more to see which.
import-no-file = Choose a CSV or Excel file.
import-too-long = More than 10,000 rows: use the command netral register import.

invitations-title = Invitations to declare
invitations-intro = One link per unit. With it, staff declare their accounts or object without logging in.
invitations-none = There is no invitation yet.
invitation-title = Invitation to declare
invitation-make = Make an invitation
invitation-days = Valid for how many days
invitation-bad = Choose a unit and a number of days between 1 and 90.
invitation-until = Valid until
invitation-made-label = Made
invitation-made = { $x }, { $y }
invitation-state-open = open
invitation-state-over = expired
invitation-state-revoked = revoked
invitation-revoke = Revoke
invitation-revoked = The invitation is revoked. Its link opens no more.
invitation-closed = This link opens no more.
invitation-print-hint = Print this page with the browser's own command (Ctrl+P).
invitation-poster-title = Declaration of social-media accounts
invitation-poster-text = Declare your public social-media accounts at this address. Read the notice on that page first.
invitation-poster-until = Valid until { $x }
invitation-poster-object = On the same page you can object: not my account.
invitation-open-form = Open the form
invitation-open-paper = Paper form

sign-title = Declaration of social-media accounts
sign-intro = For the staff of this unit. Read the notice, then declare your accounts. Passwords are never asked for.
sign-declared = Your declaration has been received. Accounts are read only after two people have checked them.
sign-objected = Your objection has been received. If that account is linked to you, reading it has stopped; if the same objection was dismissed shortly before, two people look at it first. You have an answer within 3 × 24 hours.
sign-declare = Declaration
sign-accounts = My accounts
sign-accounts-hint = Only public accounts of your own. Leave lines blank that you do not need.
sign-handle = Account name or address
sign-no-account = I have no public social-media account.
sign-signature = Signature
sign-name = Full name
sign-number = NIP or staff code
sign-date = Date
sign-tick = I have read the notice and declare that what is filled in here is true.
sign-send = Send the declaration
sign-no-platform = Choose a platform for every account.
sign-long-handle = An account's name is too long.
sign-none-or-some = Fill in at least one account, or tick that you have none; not both.
sign-no-name = Fill in your full name and your NIP or staff code.
sign-no-tick = Tick that you have read the notice.
sign-bad-day = The date must be today, or at most 31 days ago.
sign-unknown = Name and number do not fit this unit's register. Check both; if they are right, ask the operator.
sign-wait = Too many tries. Wait some minutes, then try again.
sign-many = Several declarations of yours still wait to be checked. Try again afterwards.
notice-title = Notice
notice-program = Programme
notice-basis = Legal basis
notice-basis-text = Data protection: Law 27/2022 Article 20(2)(e), a task in the public interest.
notice-read = What is read
notice-read-text = Only posts, comments and shares that are open to everybody, while the programme runs. No private messages, closed groups, passwords or face recognition.
notice-purpose = What for
notice-purpose-text = To find indications that concern the circular on neutrality. The machine decides nothing; two people review, and only the competent official finds a breach.
notice-kept = How long it is kept
notice-kept-text = Posts without an indication are deleted after { $x } days; what is found to be no suspicion is deleted { $y } days after that decision.
notice-rights = Your rights
notice-rights-text = To ask for information, a copy and correction of your data; answered within 3 × 24 hours.
notice-object = Objection
notice-object-text = If an account is not yours, object below. Reading it stops at once.
notice-full = The whole notice
object-title = Objection: not my account
object-intro = Reading of that account stops as soon as you send this, and goes on only if two people dismiss the objection and say why. Another objection within 30 days of that is looked at first; if there is a new reason, tell the operator.
object-account = The account that is not yours
object-account-hint = Leave blank for every account that is linked to you.
object-why = Explanation (may be left blank)
object-send = Send the objection
paper-back = Back to the form
paper-intro = Fill in with block letters and hand it to the register's operator, or fill it in at this address:
paper-accounts = My public social-media accounts:
paper-place = Place and date

declarations-title = Declarations
declarations-intro = What staff declared over an invitation. Once accepted, the accounts wait for a second person.
declarations-none = No declaration waits.
declaration-title = Declaration
declaration-accounts = { $n ->
    [0] none at all
    [one] { $x } account
   *[other] { $x } accounts
}
declaration-sent = Sent
declaration-registered-name = Name in the register
declaration-signed-name = Name as signed
declaration-help = Look up each account's stable id on its platform, and untick what is not used.
declaration-none-at-all = This person declares that they have no public social-media account.
declaration-accept = Accept
declaration-then = Accepted accounts are not read yet; a second person approves them first.
declaration-why = Reason where it is refused
declaration-refuse = Refuse
declaration-accepted = The declaration is accepted. Its accounts wait for a second person.
declaration-refused = The declaration is refused and what it said is erased.
declaration-was-accepted = Accepted by { $x }.
declaration-was-expired = Nobody settled it within 90 days; what it said is erased.
declaration-taken = used
declaration-left = not used
declaration-withdrawn = (unlinked: not their account)
declaration-was-refused = Refused by { $x }; what it said is erased.

objections-title = Objections
objections-intro = Accounts that are not read because somebody objected. Two people who say the same settle it.
objections-none = There is no objection.
objection-by-person = raised by the person
objection-by-operator = entered by an operator
objection-due = An answer is due by { $x }.
objection-soon = This account is still read: two people dismissed an objection to it less than 30 days before. Where there is a new reason, an operator stops it from the person's page.
objection-late = Over 3 × 24 hours.
objection-word = Your judgement
objection-word-upheld = the objection is right
objection-word-dismissed = the objection is not borne out
objection-upheld-help = The account is unlinked from this person, and what was read of it is erased.
objection-dismissed-help = The account is read again.
objection-say = Save the judgement
objection-proposal = First person, { $x }: { $y }
objection-settled = Settled by { $x }: { $y }
objection-proposed = The judgement is saved; a second person settles it. The account still stands still.
objection-upheld = The objection is right. The account is unlinked, and what was read of it is erased.
objection-dismissed = The objection is not borne out. The account is read again.

tips-title = Tips
tips-intro = What people told: messages, letters, word of mouth. Weaker than what is read directly, and matched only once a second person has confirmed the entry.
tips-none = There is no tip yet.
tip-title = Tip
tip-add = Enter a tip
tip-person = NIP or staff code
tip-person-hint = The person meant, as in the register.
tip-url = Public address
tip-text = Text
tip-text-hint = Word for word, without additions. Fill in the text or the address, or both.
tip-picture = Screenshot
tip-picture-hint = PNG, JPEG or WebP of at most 5 MiB. Kept as it is, with its SHA-256.
tip-picture-open = Open the screenshot
tip-picture-help = The picture may show who the person is. For a first look without prejudice, decide first if you can.
tip-reporter = Who told it
tip-channel = How it was told
tip-seen = Seen by the reporter
tip-posted = Posted (if known)
tip-told = What was told
tip-provenance = Provenance
tip-concerns = Concerns
tip-entered-by = { $x }, { $y }
tip-hands = { $x }; confirmed by { $y }
tip-second = Second person
tip-second-help = Check the content and where it comes from. Once you confirm it, the live keyword lists read it; what matches goes to the queue with a mark.
tip-second-waits = Waits for a second person.
tip-own = You entered it; a second person confirms it.
tip-confirm = Confirm and match
tip-drop = Delete
tip-drop-why = Choose the reason for deleting it.
tip-drop-duplicate = Entered already
tip-drop-person = Not the person meant, or nobody in the register
tip-drop-unfounded = Nothing shows that it is so
tip-drop-scope = Outside the circular's scope
tip-drop-mistyped = Entered wrongly; entered anew
tip-dropped = The tip is deleted.
tip-entered = The tip is entered. A second person confirms it before it is matched.
tip-queued = Something matches: it is in the queue, marked as a tip.
tip-background = Something matches, but below the queue's threshold: background only.
tip-no-hit = No keyword matches. It is kept only as long as the window for reading again, then deleted.
tip-goes-on = Could not be kept: its date is outside the program, or the account was stopped. The tip goes on waiting.
tip-not-kept = Not kept: outside the programme's time, or nothing matches and the programme keeps nothing without a match.
tip-no-program = No programme runs today; the tip goes on waiting.
tip-state-waiting = waits for a second person
tip-state-queued = in the queue
tip-state-background = background only
tip-state-no-hit = nothing matches
tip-bad-seen = Say when the reporter saw it; it must not lie in the future.
tip-bad-posted = The time of posting must not lie after the time it was seen.
tip-bad-url = The address must begin with http:// or https://.
tip-empty = Fill in the text or the address.
tip-long = A text has at most 20,000 characters.
tip-no-channel = Choose how it was told.
tip-no-reporter = Say who told it.
tip-no-person = The register has no such NIP or code.
tip-many-persons = One person's NIP is another's code: this number names two persons. Use the other number of the person meant.
tip-bad-picture = That file is no PNG, JPEG or WebP picture.
tip-large-picture = A picture has at most 5 MiB.
tip-refused = This tip can't be saved; check the fields.
hit-is-tip = tip, not verified
channel-whatsapp = WhatsApp
channel-letter = Letter
channel-in-person = In person
channel-telephone = Telephone
channel-other = Other

ledger-unit-added = Unit added
ledger-unit-renamed = Unit renamed
ledger-person-added = Person added
ledger-person-edited = Person's data changed
ledger-person-viewed = Person's page opened
ledger-person-listed = List of persons opened
ledger-account-linked = Account linked
ledger-account-approved = Account approved
ledger-account-reopened = Account's approval taken back, because name or NIP changed
ledger-account-ended = Account ended
ledger-account-listed = Waiting accounts opened
ledger-circumstance-noted = Circumstance noted
ledger-circumstance-ended = Circumstance ended
ledger-invitation-made = Invitation made
ledger-invitation-revoked = Invitation revoked
ledger-declaration-signed = Declaration came in
ledger-declaration-failed = Declaration with a number or name that does not fit
ledger-declaration-listed = List of declarations opened
ledger-declaration-viewed = Declaration opened
ledger-declaration-accepted = Declaration accepted
ledger-declaration-refused = Declaration refused
ledger-objection-unmatched = Objection that named no linked account
ledger-objection-noted = Objection noted, account still read
ledger-objection-listed = List of objections opened
ledger-objection-proposed = First judgement of an objection
ledger-objection-upheld = Objection upheld, account unlinked
ledger-objection-dismissed = Objection dismissed
ledger-tip-entered = Tip entered
ledger-tip-listed = List of tips opened
ledger-tip-viewed = Tip opened
ledger-tip-confirmed = Tip confirmed
ledger-tip-dropped = Tip deleted
