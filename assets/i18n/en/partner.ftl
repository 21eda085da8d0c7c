# Partner wing: the frame
partner-skip = Skip to content
partner-mine = My proposals
partner-of = Partner of { $name }
partner-other-language = 中文
partner-call = Phone the community
partner-log-out = Log out
partner-today = today
partner-tomorrow = tomorrow

# My proposals
partner-home-title = My proposals
partner-none = Nothing proposed yet. Say what you would like to hold, and the community will answer.
partner-new = Propose another
partner-new-first = Propose an activity
partner-status-submitted = Waiting for an answer
partner-status-changes-requested = Another time suggested
partner-status-approved = Approved
partner-status-declined = Declined
partner-status-withdrawn = You took it back
partner-status-lapsed = Lapsed
partner-sent-at = Sent { $when }. The community usually answers within 2 working days
partner-lapsed-hint = Nothing happened for 14 days, so the times are no longer kept. You may propose it again
partner-when-span = { $when } ({ $span })
partner-from-times = from { $from }, { $n } times
partner-from-many = from { $from }, without an end
partner-you-asked = You asked for: { $when }
partner-they-said = The community says: { $words }
partner-next = Next: { $when }, { $n } signed up
partner-edit = Change it
partner-accept = Yes, that time
partner-other-time = Pick another time
partner-see = Details
partner-see-counts = See the numbers
partner-coming = Coming sessions
partner-coming-none = Nothing is planned for the next five weeks.
partner-coming-more = { $n } more within five weeks
partner-enrolled = { $n } signed up
partner-of-seats = of { $n } seats
partner-session-off = Not held this time
partner-session-provisional = Provisional
partner-session-moved = Moved
partner-past = The last nine weeks
partner-past-sum = { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
 }, { $visits ->
    [one] { $visits } visit
   *[other] { $visits } visits
 }
partner-past-none = Nothing was held in the last nine weeks.
partner-visits = { $n ->
    [one] { $n } visit
   *[other] { $n } visits
 }

# The three steps
partner-steps = Step { $n } of 3
partner-step-1 = 1 What
partner-step-2 = 2 When
partner-step-3 = 3 Check
partner-step-done = ✓
partner-back = Back
partner-wrong = { $n ->
    [one] One thing needs changing
   *[other] { $n } things need changing
 }
partner-what-title = What would you like to hold?
partner-again-note = Change what you like and send it again; the community sees the new one.
partner-old = Like one you have held before? Pick it and type less
partner-old-none = None of these
partner-title = Name of the activity
partner-title-hint = Plain and short; may stay empty when you picked one above
partner-kind = What kind
partner-kind-wellness = Wellness
partner-kind-class = Class
partner-kind-talk = Talk
partner-kind-help-desk = Help desk
partner-kind-culture = Culture and sport
partner-kind-festival = Festival
partner-kind-other = Other
partner-who = Who comes
partner-who-other = Somebody else
partner-who-name = Their name
partner-len = How long each time
partner-len-60 = 1 hour
partner-len-90 = 1½ hours
partner-len-120 = 2 hours
partner-len-other = { $n } minutes
partner-cap = How many people at most
partner-cap-other = Another number
partner-cap-how-many = How many
partner-about = What will happen
partner-about-hint = For residents to read; may stay empty
partner-needs = What the community should prepare
partner-needs-hint = May stay empty
partner-to-when = Next: the time
partner-when-title = When?
partner-where = Where
partner-pace = How often
partner-pace-weekly = Weekly
partner-pace-fortnightly = Fortnightly
partner-pace-monthly = Monthly
partner-pace-once = Once
partner-day = Day of the week
partner-from = From
partner-from-hint = The first such day from here on
partner-times = How many times
partner-times-hint = At most 60; holidays do not count
partner-look = See what is free
partner-slots = What is free in { $venue } on { $day }
partner-slots-none = Nothing this long fits into this venue. Try another venue or a shorter time.
partner-slot-free = all { $n } free
partner-slot-free-once = free
partner-slot-part = { $free } free, { $taken } taken
partner-slot-in-use = { $title }
partner-slot-held = asked for by others
partner-these-days = These { $n } days
partner-this-day = This day
partner-day-skipped = { $name }, left out
partner-all-taken = That time is taken on every date. Please pick another.
partner-next-step = Next
partner-check-title = Send it if all is right
partner-sum-what = What
partner-sum-when = When
partner-sum-where = Where
partner-sum-needs = To prepare
partner-sum-about = What happens
partner-seats = { $n } people
partner-free = free of charge
partner-span = { $from } to { $to }, { $n } times
partner-taken-days = Taken already, not held: { $days }
partner-pledge = No selling, no fees, no identity card numbers. Sending it means agreeing to all three.
partner-reply = The community usually answers within 2 working days and lets you know. Until then the time is kept for you.
partner-send = Send it

# One proposal
partner-sent-title = Sent
partner-sent-text = The community will look at it and let you know. { $held }
partner-held = { $n ->
    [one] { $n } date is kept for you.
   *[other] { $n } dates are kept for you.
 }
partner-clashes = In the way:
partner-clash-on = { $date }: { $why }
partner-clash-venue = { $title } uses the venue
partner-clash-facilitator = the facilitator is at { $title }
partner-clash-held = another proposal came first
partner-clash-closed = the venue is closed
partner-clash-capacity = the venue has { $seats } seats
partner-clash-licence = the licence ends on { $date }
partner-clash-qualification = the qualification ends on { $date }
partner-clash-pledge = the no-selling pledge ends on { $date }
partner-clash-closure = the venue is shut then{ $reason }
partner-clash-frozen = your sessions are frozen until the community has looked into a complaint
partner-cautions = You can propose it; the community will see this too:
partner-suggested = Suggested: begin on { $when }
partner-history = What was said
partner-step-submit = You sent it
partner-step-request-changes = The community asked for changes
partner-step-approve = The community approved
partner-step-decline = The community declined
partner-step-withdraw = You took it back
partner-step-lapse = It lapsed after 14 days
partner-dates = Dates
partner-skipped = { $date } { $name }
partner-withdraw = Take it back
partner-withdraw-title = Take it back?
partner-withdraw-text = The times kept for you become free, and the community will not answer. You may propose it again.
partner-withdraw-yes = Take this proposal back
partner-withdraw-no = Keep it
partner-nth-1 = 1st
partner-nth-2 = 2nd
partner-nth-3 = 3rd
partner-nth-4 = 4th
partner-nth-5 = last
partner-every-week = every { $day }
partner-every-other-week = every other { $day }
partner-every-month = every { $nth } { $day } of the month

# On the staff's side
proposal-page-title = Partners
proposal-waiting = Waiting for you: { $n }
proposal-waiting-none = No proposal waits for you.
proposal-open-other = Waiting for the partner
proposal-history = Earlier proposals
proposal-history-none = None yet.
proposal-partners = Partners
proposal-partners-none = No partners yet.
proposal-partner-name = Partner
proposal-partner-contact = Contact
proposal-partner-licence = Licence ends
proposal-partner-pledge = No-selling pledge
proposal-partner-open = Waiting
proposal-licence-none = not needed
proposal-licence-past = ended { $date }
proposal-licence-soon = ends soon, { $date }
proposal-pledge-none = not signed
proposal-pledge-signed = signed { $date }
proposal-line = { $partner } · { $when }
proposal-from = From { $partner }
proposal-fits = The venue is free
proposal-clashes-with = { $n ->
    [one] clashes once with { $title }
   *[other] clashes { $n } times with { $title }
 }
proposal-clashes = { $n ->
    [one] clashes once
   *[other] clashes { $n } times
 }
proposal-passed = All dates have passed
proposal-agree = Approve
proposal-agree-part = { $n ->
    [one] Approve the free date only
   *[other] Approve the { $n } free dates only
 }
proposal-talk = Talk about the time
proposal-decline = Decline
proposal-needs = To prepare: { $needs }
proposal-sent = Sent { $when }
proposal-status-submitted = Waiting for you
proposal-status-changes-requested = Waiting for the partner
proposal-status-approved = Approved
proposal-status-declined = Declined
proposal-status-withdrawn = Taken back
proposal-status-lapsed = Lapsed
proposal-done-approve = { $n ->
    [one] Approved: { $n } session is planned. The message to { $partner } is written.
   *[other] Approved: { $n } sessions are planned. The message to { $partner } is written.
 }
proposal-done-decline = Declined; the dates are free again. The message to { $partner } is written.
proposal-done-request-changes = The suggestion is sent. The message to { $partner } is written.
proposal-approve-title = Approve “{ $title }”?
proposal-approve-will = What will happen
proposal-approve-sessions = { $n ->
    [one] { $n } session is planned: { $when }, { $place }
   *[other] { $n } sessions are planned: { $when }, { $place }
 }
proposal-approve-first = The first: { $when }
proposal-approve-programme = A new programme, “{ $title }”, is made
proposal-approve-series = It continues the programme “{ $title }”
proposal-approve-left-out = { $n ->
    [one] One date clashes and is left out:
   *[other] { $n } dates clash and are left out:
 }
proposal-approve-public = Residents see it in the week at once
proposal-approve-tell = { $partner } is told that it was approved
proposal-approve-remark = Anything to tell the partner
proposal-approve-yes = { $n ->
    [one] Approve, plan { $n } session, tell the partner
   *[other] Approve, plan { $n } sessions, tell the partner
 }
proposal-approve-cannot = Not possible now: every date clashes. Talk about the time instead.
proposal-decline-title = Decline “{ $title }”?
proposal-decline-will = The dates it holds become free, and the partner reads your reason.
proposal-decline-remark = Why
proposal-decline-remark-hint = For the partner to read
proposal-decline-yes = Decline, tell the partner
proposal-request-changes-title = Talk with the partner about “{ $title }”
proposal-request-changes-will = The dates it holds become free until the partner sends it again.
proposal-request-changes-remark = What should be different
proposal-request-changes-remark-hint = For example: the fraud class is there, would the afternoon do
proposal-suggested-none = No suggestion
proposal-suggested-other = The time typed below
proposal-suggested-on = Another day
proposal-suggested-at = Start
proposal-suggested-hint = The partner can agree with one tap. May stay empty
proposal-request-changes-yes = Send the suggestion, tell the partner
proposal-cancel = Not now
proposal-free-slots = These times are free; pick one to fill it in

# Errors
error-proposal-programme = This is not a programme of yours. Please choose again.
error-proposal-kind = Please choose a kind.
error-proposal-venue = Please choose a venue.
error-proposal-facilitator = There is no such person. Please choose again.
error-proposal-capacity-venue = This venue has { $seats } seats: fewer people, or another venue.
error-proposal-sign-up = Sign-up is none, optional or required.
error-proposal-holiday-policy = The holiday policy is hold, skip, next_workday or previous_workday.
error-proposal-start = Please choose when it starts.
error-proposal-start-past = That time has passed. Please choose a later one.
error-proposal-start-far = Activities can be proposed up to a year ahead.
error-proposal-midnight = It must end by midnight of the same day.
error-proposal-rule = The rule cannot be read: { $en }
error-proposal-no-dates = That gives no date at all.
error-proposal-too-dense = One date begins before the one before it has ended and been cleared away.
error-proposal-remark = Please give a reason, so that the partner knows what to change.
error-proposal-waiting = This proposal is waiting for the community's answer.
error-proposal-changes-requested = Changes were asked for; it is the partner's turn.
error-proposal-approved = This proposal has been approved already.
error-proposal-declined = This proposal has been declined already.
error-proposal-withdrawn = The partner has just taken this proposal back.
error-proposal-lapsed = This proposal lapsed after 14 days.
error-proposal-no-suggestion = The community has not suggested another time.
error-proposal-suggestion-rule = The suggested day does not fit your rule. Use “Pick another time”.
error-proposal-dates-passed = All dates of this proposal have passed.
error-proposal-status = There is no such state.
error-slot-duration = Please say how many minutes.
error-slot-backwards = The last day is before the first.

# Free slots
slot-reason-good_morning = most people come in the morning
slot-reason-good_afternoon = after the noon rest
slot-reason-noon_rest = in the noon rest
slot-reason-early = rather early
slot-reason-late = rather late
slot-reason-weekend = weekend
slot-reason-holiday = holiday
slot-reason-make_up_workday = make-up workday
slot-reason-provisional = holidays not announced yet
slot-reason-empty_day = nothing else in the venue that day
