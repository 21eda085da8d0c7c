# Residents' pages
public-skip = Skip to the content
public-size = Letter size
public-size-letter = A
public-size-std = A, standard letters
public-size-large = A, large letters
public-size-xlarge = A, very large letters
public-theme-contrast = Hard to see? Switch to white on black
public-theme-light = Back to black on white
public-other-language = 中文
public-bar = Shortcuts
public-read = Read it to me
public-read-stop = Stop reading
public-call = Phone us
public-home = See the programmes
public-free = Everything is free of charge.
public-promise = {" "}To sign up we ask for a name and a phone number; never an identity card, a bank card or a verification code. Whoever asks for those is a swindler.
public-desk = Desk:{" "}
public-phone = Phone:{" "}

# When something was typed wrong
error-text-empty = Nothing was written here
error-text-long = Too long: at most { $max } characters
error-text-control = It holds signs that cannot be shown; please type it again
error-name-empty = Please write the name
error-name-long = The name is too long: at most { $max } characters
error-name-control = The name holds signs that cannot be shown; please type it again
error-name-letters = Please write a name, not only digits or pictures
error-phone-empty = Please write the phone number
error-phone-digits = A phone number has only digits; please look again
error-phone-short = { $missing } { $missing ->
    [one] digit is
   *[other] digits are
  } missing; please look again
error-phone-long = { $extra } { $extra ->
    [one] digit
   *[other] digits
  } too many; please look again
error-phone-start = A mobile number has 11 digits and begins with 1
error-phone-area = Please add the area code, such as 0374
error-grid-unknown = There is no such grid
error-email-form = This is not a mail address; please look again
error-gender-unknown = Write female, male, or nothing
error-birth-year-range = The year of birth lies between 1900 and { $max }

# When nobody can sign up
error-enrol-cancelled = It is called off; nobody can sign up
error-enrol-begun = It has begun: too late to sign up or to give up
error-enrol-not-needed = No need to sign up, just come
error-enrol-queue-full = Too many people wait; please phone the community

# Days
day-today = Today
day-tomorrow = Tomorrow
day-after-tomorrow = The day after tomorrow
day-yesterday = Yesterday

# A week
home-title = Community programmes
home-none = There is no community here yet.
home-staff = Staff log in
week-title = This week
week-jumps = Which day
week-this = This week
week-next-short = Next week
week-next = Next week
week-last = Last week
week-number = Week { $n }
week-from-to = { $from } to { $to }
week-lunar = { $date }
week-festival-near = { $day }: { $name }
week-festival-ahead = { $name } in { $n } days
week-count = { $n } { $n ->
    [one] session
   *[other] sessions
  }
week-holiday = { $name }: the community is closed
week-holiday-until = { $name }: closed until { $until }
week-make-up = A working day as usual
week-day-empty = Nothing on this day
week-empty = This week is not planned yet
week-empty-ask = Ask the community:{" "}
week-earlier = Earlier this week
week-back = Back to this week
week-go-previous = The week before
week-go-next = The week after
week-subscribe = Subscribe in your calendar

# A session
session-off = Called off this time
session-over = This one is over
session-now = Going on now
session-full = Full, but you can queue
session-just-come = No need to sign up, just come
session-left = { $n ->
    [one] |{ $n }| place left
   *[other] |{ $n }| places left
  }
session-no-limit = There is room: sign up and come
session-queue = { $n ->
    [0] Nobody waits yet. We phone you as soon as there is a place
    [one] One person waits before you. We phone you as soon as there is a place
   *[other] { $n } people wait before you. We phone you as soon as there is a place
  }
session-sign-up = Sign me up
session-join-queue = Put me in the queue
session-number = No. { $n }
session-next = {" "}Next time: { $when }.
session-moved-to = Moved to { $when }
session-moved-from = Moved from { $when }.
session-moved-place = At another place; it was at { $venue }.
session-provisional = Not certain until the holidays are announced.
session-reason-weather = Because of the weather.
session-reason-facilitator-away = Whoever leads it cannot come.
session-reason-venue-closed = The place cannot be used.
session-reason-holiday = A holiday.
session-reason-too-few = Too few people.
session-reason-emergency = Something urgent came up.
session-reason-paused = The activity is paused.
session-back = Back to the week
session-what = What
session-when = When
session-where = Where
session-who = Who
session-any-seats = Any places left?
session-seats = { $free } of { $all } left
session-about = What it is about
session-matters = What can be settled
session-bring = What to bring
session-cost = What does it cost?
session-free = Nothing, and nothing is sold
session-more-dates = Other dates
programme-dates = Coming dates
programme-subscribe = Put these dates in your calendar

# Signing up
sign-up-title = Two things to fill in
sign-up-for-whom = Who is it for?
sign-up-me = Myself
sign-up-parent = An older relative
sign-up-parent-more = I sign up for my parents
sign-up-parent-name = Their name
sign-up-parent-phone = Their phone
sign-up-parent-phone-hint = May be left empty; then we phone you
sign-up-name = Your name
sign-up-phone = Your mobile number
sign-up-phone-hint = 11 digits, so that we can tell you of changes
sign-up-promise = Free of charge. No identity card, no bank card, no verification code. Name and phone are kept only to hold your place and to tell you of changes; phone us to have them deleted.
sign-up-send = Sign up
sign-up-by-phone = Rather by phone? Call us
sign-up-wrong = { $n ->
    [one] One thing needs changing
   *[other] { $n } things need changing
  }
sign-up-short-name = Name
sign-up-short-phone = Phone
sign-up-short-parent-name = Their name
sign-up-short-parent-phone = Their phone
sign-up-already = You are signed up already
sign-up-already-more = To change or cancel it, phone us or open the page you got then.
sign-up-see-mine = See my sign-up
enrolment-in = You are signed up
enrolment-in-text = { $name }, your place is kept.
enrolment-queue = You are in the queue
enrolment-queue-text = { $n ->
    [0] { $name }, you are the first in the queue. We phone you as soon as there is a place.
    [one] { $name }, one person is before you. We phone you as soon as there is a place.
   *[other] { $name }, { $n } people are before you. We phone you as soon as there is a place.
  }
enrolment-out = It is cancelled
enrolment-out-text = You can sign up again.
enrolment-again = I want to come after all
enrolment-remind = We phone you if anything changes.
enrolment-calendar = Put it in my calendar
enrolment-calendar-hint = Does it not open in WeChat? Tap the three dots at the top right, choose “Open in browser”, and tap again.
enrolment-share = Tell my family
enrolment-cancel = I cannot come, cancel
error-wish-unknown = It is not clear what is wanted

# When something is not there
gone-community = There is no such community. The address may be mistyped.
gone-session = This session is gone. See what is on this week.
gone-programme = There are no coming dates of it. See what is on this week.
gone-week = This week is too far away. See what is on this week.
gone-enrolment = This sign-up was not found. If you did sign up, phone the community.

# The API
error-not-a-text = This must be a text
error-tell-by-unknown = Write email, phone or none
error-care-list = Write a list of at most 10 texts
