# Staff wing: the rail
staff-skip = Skip to the page
staff-nav = Staff pages
staff-nav-today = Today
staff-nav-week = Planner
staff-nav-checkin = Check-in
staff-nav-notifications = Notices
staff-nav-residents = Residents
staff-nav-reports = Reports
staff-nav-failed = { $n } not delivered,
staff-log-out = Log out
staff-back = Back
staff-wrong = { $n ->
    [one] One thing to put right
   *[other] { $n } things to put right
 }
staff-optional = Optional
staff-new-activity = New activity
staff-sheet = Sign-in sheet
staff-comma = {", "}
staff-semicolon = {"; "}

# Today
staff-lunar-short = lunar { $date }
staff-lunar = { $date }
staff-today-sheets = Today's sign-in sheets
staff-today-sessions = { $n ->
    [one] One session today
   *[other] { $n } sessions today
 }
staff-today-enrolled = { $n } signed up
staff-today-none = Nothing is on today.
staff-today-next = Coming up
staff-today-off = Day off today: { $name }
staff-today-made-up = Make-up workday today
staff-in-days = { $name } { $n ->
    [1] tomorrow
   *[other] in { $n } days
 }
staff-strip-off = { $n ->
    [one] one day off
   *[other] { $n } days off
 }
staff-strip-off-and-made-up = { $off } days off, { $worked } make-up workdays
staff-strip-sessions = { $n } on
staff-strip-none = none
staff-day-off = Official day off
staff-day-made-up = Make-up workday
staff-off = off
staff-made-up = work
staff-state-now = Under way
staff-state-off = Cancelled
staff-state-full = Full, { $n } waiting
staff-state-provisional = Provisional
staff-state-held = Held, { $n } visits
staff-state-moved-to = Moved to { $when }
staff-state-moved-from = Moved from { $when }
staff-no-sign-up = no sign-up
staff-seats = { $n } of { $of }
staff-signed = { $n } signed up
staff-act-check-in = Check in
staff-act-count = Count heads
staff-act-roster = Roster
staff-act-notices = Notices
staff-act-look = Look

# What needs you
staff-needs = Needs you
staff-needs-count = { $n ->
    [one] one thing
   *[other] { $n } things, the urgent ones first
 }
staff-needs-none = All done
staff-need-failed = { $n ->
    [one] One notice did not arrive
   *[other] { $n } notices did not arrive
 }
staff-need-failed-text = Failed, or nobody knows: send again or phone
staff-need-call = { $n ->
    [one] One person to phone
   *[other] { $n } people to phone
 }
staff-need-call-text = They have no mobile, or messages do not reach it
staff-need-go = Have a look
staff-need-proposals = { $n ->
    [one] One proposal waits for your answer
   *[other] { $n } proposals wait for your answer
 }
staff-need-proposal = { $partner }: { $title }
staff-need-proposals-act = Answer
staff-need-uncounted = { $title } on { $when } has no count yet
staff-need-uncounted-text = It is over, and nobody was checked in or counted
staff-need-uncounted-act = Enter it
staff-need-unchecked = { $n ->
    [one] One new resident to check
   *[other] { $n } new residents to check
 }
staff-need-unchecked-text = They signed up online and are not yet matched with the list
staff-need-unchecked-act = Check
staff-need-unplanned = { $n ->
    [one] One weekly programme has no date this week
   *[other] { $n } weekly programmes have no date this week
 }
staff-need-unplanned-act = Plan it

# Planner
staff-week-previous = Previous week
staff-week-next = Next week
staff-week-this = This week
staff-week-views = View
staff-week-by-day = By day
staff-week-by-venue = By venue
staff-week-venues = Only one venue
staff-week-which-day = Which day
staff-week-board = Plan of the week
staff-week-nothing = Nothing on this day
staff-week-clash = Clash
staff-week-find = Find an activity
staff-week-found = { $n } found
staff-week-unplanned = { $n } without a date
staff-week-today = today
staff-card-said = { $time }, { $venue }
staff-card-moved-to = to { $when }
staff-card-off = cancelled
staff-card-ask = waits for you
staff-card-people = { $n } people
staff-card-seats = { $n }/{ $of }
staff-tray-title = { $n ->
    [one] One proposal waits for your answer
   *[other] { $n } proposals wait for your answer
 }
staff-tray-all = All proposals
staff-tray-agree = Approve
staff-tray-talk = Suggest a time
staff-tray-made-up = { $days }: make-up workdays, activities can be planned

# The chosen session
staff-panel-close = Close
staff-panel-programme = Programme
staff-panel-cancelled = This one is cancelled. { $reason }
staff-panel-moved = Moved from { $when }. { $reason }
staff-panel-past = It is over: time and place can no longer change.
staff-panel-counted = People were checked in: time and place can no longer change.
staff-panel-provisional = Provisional: that year's holidays are not announced yet, so it may change.
staff-panel-held = Held, { $n } visits in all.
staff-f-day = Day
staff-f-first-day = First day
staff-f-start = Start
staff-f-end = End
staff-f-minutes = Minutes
staff-f-seats = Seats
staff-f-seats-hint = Leave empty for no limit
staff-f-venue = Venue
staff-f-facilitator = Led by
staff-f-nobody = Nobody
staff-f-why = Why it changes
staff-f-reason = Reason for people to read
staff-f-reason-hint = Those who signed up will read it
staff-scope = What does this change apply to?
staff-scope-this = Only this one
staff-scope-following = This one and all following
staff-scope-following-note = From { $day }, { $n } to come
staff-scope-all = The whole series
staff-scope-all-note = The { $n } still to come; the { $past } past ones stay
staff-see-first = See what would happen
staff-save-nobody = Save, nobody to tell
staff-save-tell = { $n ->
    [one] Save and tell one person
   *[other] Save and tell { $n } people
 }
staff-told = { $n ->
    [one] One person who signed up will be told.
   *[other] { $n } people who signed up will be told.
 }
staff-told-nobody = Nobody has to be told.
staff-told-unchanged = This is how it is now: nothing to change.
staff-told-quiet = Time and place stay: nobody has to be told.
staff-changed-one = Changes one session: { $when }
staff-changed = Changes { $n } sessions: { $from } to { $to }
staff-kept = { $n ->
    [one] One session stays
   *[other] { $n } sessions stay
 }: { $why }
staff-kept-past = over
staff-kept-attended = people were checked in
staff-kept-overridden = moved by hand
staff-kept-cancelled = cancelled
staff-clash-title = Cannot be saved, something is in the way:
staff-list-mark = {", "}
staff-done-saved = Changed. { $n } people are told.
staff-done-saved-nobody = Changed.
staff-done-cancelled = Cancelled, and the public page says so. { $n } people are told.
staff-done-restored = It is on again. { $n } people are told.
staff-restore-tell = { $n ->
    [one] Hold it after all, tell one person
   *[other] Hold it after all, tell { $n } people
 }
staff-restore = Hold it after all

# Cancelling
staff-cancel-this = Cancel this one
staff-cancel-title = { $title }: cancel this one
staff-cancel-why = Why it is cancelled
staff-cancel-reason = Choose a reason
staff-cancel-words = Words for people to read
staff-cancel-words-hint = A sentence or two, for instance when it will be on again
staff-cancel-scope = What is cancelled?
staff-cancel-scope-this = Only this one
staff-cancel-scope-following = This one and all following
staff-cancel-scope-all = All still to come
staff-cancel-note-one = { $day }, { $n ->
    [one] one person is told
   *[other] { $n } people are told
 }
staff-cancel-note = { $sessions } sessions, { $n ->
    [one] one person is told
   *[other] { $n } people are told
 }
staff-cancel-stays = It stays on the pages, marked as cancelled with the reason; those who signed up have nothing to do.
staff-cancel-confirm = { $n ->
    [one] Cancel and tell one person
   *[other] Cancel and tell { $n } people
 }
staff-cancel-confirm-nobody = Cancel, nobody to tell
staff-cancel-confirm-many = Cancel and tell those who signed up
staff-keep-it = Keep it
staff-reason-weather = The weather
staff-reason-facilitator-away = Whoever leads it cannot come
staff-reason-venue-closed = The room cannot be used
staff-reason-holiday = A holiday
staff-reason-too-few = Too few signed up
staff-reason-emergency = Something urgent in the community
staff-reason-paused = The series is paused or changed
staff-reason-other = Another reason

# Programmes and new activity
staff-programmes = Programmes
staff-programmes-count = { $n } in all
staff-programmes-none = There is none yet. Plan the first with “New activity”.
staff-programme = Name
staff-programme-kind = Kind
staff-programme-next = Next
staff-programme-by = Partner
staff-programme-no-next = nothing planned
staff-programme-add-dates = Add dates
staff-programme-texts = Words
staff-programme-save-texts = Save the words
staff-programme-series = How it is planned
staff-programme-no-series = Nothing is planned yet.
staff-programme-coming = Coming up
staff-programme-no-dates = Nothing is coming up.
staff-programme-series-line = { $venue }, { $n } minutes each
staff-unplanned = Without a date this week
staff-unplanned-hint = Held every week, but not this one
staff-unplanned-line = Last held { $day }
staff-new-what = What
staff-new-when = When and where
staff-new-dates = The dates
staff-new-save = Plan it
staff-see-dates = See the dates
staff-preview-empty = Fill in the time and press “See the dates”: every date will be listed here.
staff-preview-count = { $n ->
    [one] one date
   *[other] { $n } dates
 }
staff-preview-more = and { $n } more, not listed
staff-preview-once = Once
staff-preview-none = No date comes of this. { $why }
staff-preview-clash = { $n ->
    [one] One date is taken, see the red line. The rest will be planned.
   *[other] { $n } dates are taken, see the red lines. The rest will be planned.
 }
staff-preview-all-clash = Every date is taken, see the red lines.
staff-preview-free = free that day at { $time }
staff-preview-free-venue = { $venue } is free at that time
staff-preview-free-day = free on { $day } at { $time }
staff-preview-skipped = holiday, left out
staff-new-missing = These dates could not be planned:
staff-done-planned = { $n ->
    [one] Planned: one date, already on the public page.
   *[other] Planned: { $n } dates, already on the public page.
 }
staff-done-texts = The words are saved.
staff-done-already = This activity was planned a moment ago; it was not planned twice.
staff-series-new = Dates for { $title }
staff-f-title = Name
staff-f-title-hint = Ten characters or fewer are best
staff-f-title-en = Name in English
staff-f-slogan = Second line
staff-f-slogan-hint = Optional
staff-f-slogan-en = Second line in English
staff-f-description = What it is about
staff-f-description-hint = Say what is done; promise no cure
staff-f-description-en = The same in English
staff-f-bring = What to bring
staff-f-bring-hint = Optional, for instance: identity card, reading glasses
staff-f-audience = For whom
staff-f-audience-hint = For example: people who live alone. Two sessions for the same people at one time are pointed out
staff-f-optional = Optional
staff-f-more = More: what to bring, English, how people are counted
staff-f-sign-up = Sign-up
staff-f-counting = Counting
staff-f-holiday = On a holiday
staff-f-repeat = How often
staff-f-how-often = Repeats
staff-f-days = Weekdays
staff-f-days-hint = None ticked: the weekday of the first day
staff-f-nth = Which one
staff-f-nth-day = Weekday
staff-f-month-day = Day of the month
staff-f-month-day-hint = In a shorter month: its last day
staff-f-rule = Rule (RRULE)
staff-f-rule-hint = For instance FREQ=MONTHLY;BYDAY=2TU; RSCALE=CHINESE, TERM, SANFU and SANJIU are understood too
staff-f-ends = Until
staff-f-end-date = Last day
staff-f-end-count = How many
staff-repeat-none = Once only
staff-repeat-weekly = Every week
staff-repeat-biweekly = Every two weeks
staff-repeat-monthly-nth = A weekday of each month
staff-repeat-monthly-day = A day of each month
staff-repeat-custom = My own rule
staff-nth-1 = first
staff-nth-2 = second
staff-nth-3 = third
staff-nth-4 = fourth
staff-nth--1 = last
staff-ends-never = For ever
staff-ends-date = Until a day
staff-ends-count = A number of times
staff-ends-held = A number of times held (made up for when cancelled)
staff-sign-up-none = No sign-up, just come
staff-sign-up-optional = Sign up or just come
staff-sign-up-required = Sign-up needed
staff-counting-named = By name
staff-counting-headcount = Heads only
staff-counting-both = Names and heads
staff-holiday-hold = Hold as usual
staff-holiday-skip = Leave it out
staff-holiday-next-workday = Move to the next working day
staff-holiday-previous-workday = Move to the working day before
staff-kind-wellness = Wellness
staff-kind-class = Class
staff-kind-talk = Talk
staff-kind-help-desk = Help desk
staff-kind-service-day = Service day
staff-kind-culture = Culture and sport
staff-kind-festival = Festival
staff-kind-other = Other

# What is wrong in a form
error-form-title = Please give it a name
error-form-date = The date should look like 2026-11-25
error-form-time = The time should look like 9:30
error-form-end-before = The end must come after the start
error-form-number = “{ $value }” is not a number
error-form-choose = Please choose from the list
error-form-month-day = A number from 1 to 31
error-form-count = A number from 1 to 1000
error-form-end-before-start = The last day lies before the first
error-form-rule-empty = Please write the rule
error-form-rule = The rule is not right: { $why }
error-form-expired = The page was open too long or is incomplete: please open “New activity” again

# What is in the way
staff-clash-venue = { $when }: { $venue } has “{ $title }” ({ $time })
staff-clash-held = { $when }: { $venue } is held for a partner's proposal, “{ $title }” ({ $time })
staff-clash-facilitator = { $when }: { $who } leads “{ $title }” ({ $time })
staff-clash-closed = { $when }: { $venue } is closed (open { $opening })
staff-clash-capacity = { $venue } seats { $seats }, but { $wanted } are wanted
staff-clash-licence = The partner's licence ends on { $day }; nothing can be planned after that
staff-clash-qualification = The qualification of the partner's people ends on { $day }; nothing can be planned after it
staff-clash-pledge = The partner's no-selling pledge ends on { $day }; nothing can be planned after it
staff-clash-closure = { $when }: { $venue } is shut until { $until }{ $reason }
staff-clash-frozen = This partner's sessions are frozen: decide the complaint first
