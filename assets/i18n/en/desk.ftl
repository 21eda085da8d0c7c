# Phone desk
desk-title = Phone desk
desk-sub = Somebody rings or comes to the counter: find them, choose a session, done
desk-find = Find the caller
desk-find-hint = Pinyin initials, name, number or its last four digits. A digit behind letters picks one: lxy2
desk-find-act = Find
desk-found = { $n ->
    [0] Nobody found
    [one] One found
   *[other] { $n } found
 }
desk-found-more = There are more: type another letter
desk-nobody = Nobody found for “{ $value }”. The first time? Ask for name and number; entering and signing up is one step.
desk-tail = ends in { $tail }
desk-new = The first time
desk-new-other = None of them? Enter somebody new
desk-name = Name
desk-phone = Phone
desk-phone-hint = May be empty
desk-consent = Read out: we keep your name and number only to tell you about our activities. Tell us any time to take them out.
desk-by = Who asked for them
desk-by-hint = When it is not themselves, for example: daughter Liu
desk-source = How they came
desk-source-phone = By phone
desk-source-counter = At the counter
desk-offers = Open in the next two weeks
desk-offers-none = Nothing to sign up for in the next two weeks.
desk-number = Number of the session
desk-number-hint = Type the number, press Enter
desk-book = Sign up
desk-book-new = They agree: enter and sign up
desk-book-this = Sign up for this
desk-wait-this = Full: see what can be done
desk-free = { $n ->
    [one] One place left
   *[other] { $n } places left
 }
desk-free-any = No limit
desk-full = Full, { $n } waiting
desk-own = Signed up for
desk-own-none = Nothing at present.
desk-own-enrolled = Has a place
desk-own-waitlisted = Waiting
desk-own-asked = Asked, no answer yet
desk-own-other = See the roster
desk-cancel = Not coming
desk-change = Change to another
desk-changing = Changing from “{ $title }, { $when }”: choose the new session, and the old place is given up.
desk-changing-stop = Do not change
desk-who = Now for:
desk-who-change = Somebody else
desk-said-enrolled = { $name }: { $when }, { $place }, { $title }. Your place is kept.
desk-said-waitlisted = { $name }: { $title } on { $when } is full. You are on the waiting list, { $ahead ->
    [0] first in line
    [one] one person before you
   *[other] { $ahead } people before you
 }. We tell you when there is a place.
desk-said-already = { $name } was signed up for { $title } on { $when } before; nothing was changed.
desk-said-already-waiting = { $name } waits for { $title } on { $when } already; nothing was changed.
desk-said-cancelled = { $name } no longer comes to { $title } on { $when }.
desk-say = Read out
desk-undo = Take back (within a minute)
desk-undone = Taken back, as if it had not been.
desk-full-title = { $title } is full
desk-full-text = There is no place in { $title } on { $when }; { $n } are waiting. Nothing was signed up yet. Ask the caller:
desk-full-wait = Wait for a place
desk-full-other = Rather { $title } on { $when }
desk-full-back = Neither, go back
desk-next = Next caller
desk-from-session = Sign up by phone
desk-chain = Paste a group list
desk-group-text = Message for the group
desk-open = Phone desk
error-desk-undo-late = The minute is over: it cannot be taken back. “Not coming” still works
error-desk-number = There is no session { $value }; see the numbers in the list
error-desk-session = Choose a session
error-desk-who = Find the caller first
