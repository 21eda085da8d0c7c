# Free slots
slot-reason-preferred_time = at the wished time of day
slot-reason-same_audience = the same people have something else then
slot-reason-right_size = the venue is just large enough
slot-reason-equipped = has everything needed
slot-reason-leader_free = whoever leads it is free
error-slot-weekdays = “{ $value }” is no day of the week; write some of MO,TU,WE,TH,FR,SA,SU.
slots-title = Find a free time
slots-sub = Say what is needed; we pick good times
slots-duration = Minutes
slots-from = From
slots-to = Until
slots-days = On which days
slots-days-hint = None ticked: any day will do
slots-people = How many people
slots-needs = What it needs
slots-needs-hint = For example: projector, microphone; may be left empty
slots-leader = Who leads it
slots-leader-any = Anybody
slots-venue = Venue
slots-venue-any = Anywhere
slots-where = Indoors or outdoors
slots-where-either = Either
slots-where-inside = Indoors
slots-where-outside = Outdoors
slots-part = Preferably
slots-part-any = At any time
slots-part-morning = In the morning
slots-part-afternoon = In the afternoon
slots-part-evening = In the evening
slots-find = Find a free time
slots-best = These times are free, the best first
slots-count = { $n ->
    [one] { $n } found
   *[other] { $n } found
 }
slots-none = No such time is free. Try other days, another venue, or a shorter time.
slots-take = Plan this
slots-first = Best
slots-back = Back to the planner

# A week's plan
week-plan-title = Plan a week
week-plan-sub = { $range }; { $n ->
    [one] { $n } session that stands is not moved
   *[other] { $n } sessions that stand are not moved
 }
week-plan-list = Wished for this week
week-plan-list-hint = One a row: a programme there is, or a new title. No day ticked: Monday to Friday. Empty rows do not count.
week-plan-row = Row { $n }
week-plan-what = What
week-plan-minutes = Minutes
week-plan-days = Days
week-plan-people = People
week-plan-needs = Needs
week-plan-leader = Led by
week-plan-part = Time of day
week-plan-priority = How important
week-plan-priority-high = Must take place
week-plan-priority-normal = As usual
week-plan-priority-low = May wait
week-plan-add = Add a row
week-plan-solve = Plan the week
week-plan-again = Another plan
week-plan-result = The plan
week-plan-placed = { $n ->
    [one] { $n } session fits
   *[other] { $n } sessions fit
 }
week-plan-left-out = { $n } found no place
week-plan-left-heading = Without a place
week-plan-nothing-that-day = Nothing new on this day
week-plan-nothing-placed = Nothing on this list found a place; the reasons are below.
week-plan-carry-out = { $n ->
    [one] Use this plan: add { $n } session
   *[other] Use this plan: add { $n } sessions
 }
week-plan-nobody-told = Nobody has signed up for what is new; nobody is told.
week-plan-done = { $n ->
    [one] { $n } session was added.
   *[other] { $n } sessions were added.
 }
week-plan-done-already = This plan was carried out before; nothing was added again.
week-plan-taken-meanwhile = Somebody took a place just now; nothing was added. Here is a new plan:
week-plan-help = What would help:
week-plan-unplanned = { $n ->
    [one] { $n } programme without a date this week is listed already
   *[other] { $n } programmes without a date this week are listed already
 }
week-plan-and = {", "}
week-plan-title-in-quotes = “{ $title }”
week-plan-lack-seats = { $wanted } seats (at most { $seats })
week-plan-lack-equipment = { $need }
week-plan-lack-roof = a roof
week-plan-lack-open-air = open air
week-plan-lack-other-venue = the venue you named
week-plan-why-no-venue = No venue has { $lacks }.
week-plan-why-no-venue-together = Each need is met somewhere, but no venue meets all of them.
week-plan-why-no-day = No day was picked.
week-plan-why-too-long = { $n } minutes do not fit into its time of day.
week-plan-why-over = All its times are over.
week-plan-why-closed = The venues that suit are closed at those times.
week-plan-why-licence = The partner's licence expires on { $day }.
week-plan-why-qualification = The qualification of the partner's people ends on { $day }.
week-plan-why-pledge = The partner's no-selling pledge ends on { $day }.
week-plan-why-frozen = This partner's sessions are frozen: decide the complaint first.
week-plan-why-leader = Whoever leads it is busy at all its times: { $titles }.
week-plan-why-leader-unnamed = Whoever leads it is busy at all its times.
week-plan-why-venues = Every venue that suits is taken: { $titles }.
week-plan-why-venues-unnamed = Every venue that suits is taken.
week-plan-why-taken = At each of its times either the venue or whoever leads it is taken: { $titles }.
week-plan-why-taken-unnamed = At each of its times either the venue or whoever leads it is taken.
week-plan-why-partner = This partner gives at most { $n } a week, and does already.
week-plan-help-time = At another time of day: { $when }, { $venue } is free.
week-plan-help-day = On another day: { $when }, { $venue } is free.
week-plan-help-leader = Led by somebody else: { $when }, { $venue } is free.
week-plan-help-length = In { $n } minutes: { $when }, { $venue } is free.
week-plan-help-venue = In { $venue }, which has no { $lacks }: { $when } is free.
week-plan-staff-error = Row { $row }, { $field }: { $message }
week-plan-staff-error-value = Row { $row }, { $field } “{ $value }”: { $message }
week-plan-link = Plan a week
week-plan-seed = Plan no. { $n }
error-week-plan-no-rows = The list is empty; write at least one activity.
error-week-plan-too-many = At most { $max } activities at once; there are { $value }.
error-week-plan-venues = At most { $max } venues are looked at; there are { $value }.
error-week-plan-backwards = The latest time “{ $value }” must be after the earliest.
error-week-plan-nothing-chosen = Nothing was picked; keep at least one session.
error-week-plan-other-week = “{ $value }” is not in this week.
error-week-plan-time = “{ $value }” is no time; write it like 09:00.
error-week-plan-week = “{ $value }” is no week; write it like 2026-W49.
