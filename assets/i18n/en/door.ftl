# Residents' cards and check-in devices
card-title = Residents' cards
card-sub = Ten to a sheet of A4. A card has a name, a building and a code: scan it to check in.
card-which = For whom
card-missing = Those without a card
card-all = All residents
card-grid = One grid
card-building = One building
card-building-hint = Building 3
card-make = Print these cards
card-make-hint = Whoever has no card gets a number first. Numbers that are there stay.
card-back = Choose others
card-count = { $n ->
    [one] 1 card
   *[other] { $n } cards
 }
card-how = Print on A4, upright, and cut along the dashes
card-more = Print those after these
card-nobody = No cards to print.
card-of = Card of { $name }
card-to-resident = See the register
card-valid = The card now
card-since = Made on { $date }
card-none = No card yet.
card-print-one = Print this card
card-reissue = Lost: make a new one
card-first = Make a card
card-reissue-hint = The old card stops working at once.
card-old = { $n ->
    [one] Replaced once
   *[other] Replaced { $n } times
 }
device-title = Check-in devices
device-sub = A tablet or phone at the door: it checks in, and sees nothing else.
device-new = Add one
device-name = Name
device-name-hint = Door tablet
device-term = For how long
device-term-today = Only today
device-term-days90 = 90 days
device-term-until-revoked = Until it is stopped
device-make = Add this device
device-made = The link of “{ $name }”
device-link-hint = Scan this code on that device, or open this address there.
device-link-once = It works once, within 24 hours. It is not shown again.
device-all = All devices
device-none = No devices yet.
device-state = State
device-seen = Last used
device-is-waiting = waits for its link
device-is-active = in use
device-is-expired = its time is over
device-is-revoked = stopped
device-revoke = Stop
device-open-title = Check-in device
device-open-ask = Use this device as “{ $name }”?
device-open-what = From now on it only checks in: the lists of yesterday, today and tomorrow, names and numbers. It sees nothing else.
device-open-login = Whoever is logged in on it will be logged out.
device-open-yes = Check in with this device
device-gone = This link does not work
device-gone-hint = It was opened before, is older than 24 hours, or was stopped. Ask the staff to add a device again.
