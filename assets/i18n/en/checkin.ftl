# Check-in
checkin-title = Check-in
checkin-choose = Check-in
checkin-today-sessions = Today
checkin-sessions = { $n ->
    [one] 1 session
   *[other] { $n } sessions
 }
checkin-none-today = Nothing is on today.
checkin-uncounted = Not counted yet
checkin-uncounted-hint = Numbers typed in later count just the same
checkin-none-uncounted = Every session of the last month has its numbers.
checkin-open = Check in
checkin-sheet = Sign-in sheet
checkin-print = Print the sign-in sheet
checkin-now = Under way
checkin-back = Back
checkin-today = Today
checkin-when = { $day }, { $hours }
checkin-comma = ,{" "}
checkin-came = { $n ->
    [one] 1 person came
   *[other] { $n } people came
 }
checkin-came-unit = here
checkin-signed-up = { $n } signed up
checkin-age = age { $n }
checkin-tail = …{ $tail }
checkin-landline = landline
checkin-signed-up-by = by { $name }
checkin-without-sign-up = not signed up
checkin-find = Find somebody: pinyin initials, name, or last 4 digits of the phone
checkin-find-hint = Pinyin initials or last 4 digits
checkin-find-all = Find in all
checkin-found = { $n ->
    [one] 1 resident found
   *[other] { $n } residents found
 }
checkin-found-hint = At most 30 are listed
checkin-found-close = Close
checkin-walk = Came without sign-up
checkin-walk-hint = No names, only the number
checkin-walk-label = People who came without sign-up
checkin-fewer = One fewer
checkin-more = One more
checkin-set = Keep this number
checkin-missing = Not here yet: { $n }
checkin-missing-js = Not here yet: { $count }
checkin-missing-hint = by pinyin
checkin-present = Here: { $n }
checkin-present-js = Here: { $count }
checkin-present-hint = Tap again to undo
checkin-nobody = Nobody has signed up. Find those who come by name above, or only keep their number.
checkin-last = What you just did
checkin-said-named = { $subject } is checked in
checkin-said-named-undone = The check-in of { $subject } was undone
checkin-said-heads = Kept: { $subject } without a name
checkin-said-heads-undone = Undone: { $subject } without a name
checkin-undo = Undo
checkin-waiting = No network; { $count } waiting to be sent
checkin-later = Kept on this device and sent when the network is back
checkin-queued = waiting
checkin-login = Your login has ended. Everything is kept on this device: log in and open this page again
checkin-merged = { $subject } was checked in on another device; kept once
checkin-feedback = Satisfaction
checkin-feedback-hint = Type the numbers from the paper slips
checkin-answers = { $n ->
    [one] 1 answer so far
   *[other] { $n } answers so far
 }
checkin-very-satisfied = Very satisfied
checkin-satisfied = Satisfied
checkin-fair = Fair
checkin-dissatisfied = Not satisfied
checkin-feedback-save = Keep the answers
checkin-sheet-title = Sign-in sheet: { $title }
checkin-sheet-how = Print on A4, upright
checkin-number = (no. { $n })
checkin-time = Time
checkin-place = Place
checkin-led-by = Led by
checkin-by = Office
checkin-office = { $name }, { $subdistrict }
checkin-enrolled = Signed up
checkin-seats = Places
checkin-persons = { $n }
checkin-unlimited = no limit
checkin-col-no = No.
checkin-col-name = Name
checkin-col-gender = Sex
checkin-col-age = Age
checkin-col-phone = Phone
checkin-col-home = Home / grid
checkin-col-signature = Signature
checkin-col-note = Note
checkin-female = F
checkin-male = M
checkin-walk-in-row = Walk-ins from here
checkin-sheet-note = Phones show the first 3 and last 4 digits. Staff may sign for those who cannot, with a note.
checkin-sum-expected = Expected
checkin-sum-came = Came
checkin-sum-walk-in = Walk-ins
checkin-sum-signature = Signed

# The door: without a network, cards, why somebody is missing
checkin-why = Missing?
checkin-unwhy = Take the reason back
checkin-mark-all = All the others came
checkin-nobody-came = Nobody came
checkin-nobody-said = Kept: nobody came
checkin-nobody-undone = "Nobody came" was undone
checkin-excused = Not coming: { $n }
checkin-excused-js = Not coming: { $count }
checkin-excused-hint = Tap the name if they come
checkin-marked = { $n ->
    [one] 1 person is checked in; tap again whoever is missing
   *[other] { $n } people are checked in; tap again whoever is missing
 }
checkin-marked-js = { $count } are checked in; tap again whoever is missing
checkin-marked-undone-js = The check-ins of { $count } were undone
checkin-said-absent = { $subject }: { $why }
checkin-said-absent-undone = The reason of { $subject } was taken back
checkin-refused = { $subject } was not kept: { $why }
checkin-late = Late entry
checkin-late-hint = This session is over. The date of entry is kept.
checkin-late-at = entered { $date }
checkin-other-day = Another day
checkin-other-day-hint = Earlier ones can be entered, too
checkin-day = Date
checkin-show-day = Show this day
checkin-none-that-day = No sessions on this day.
checkin-none-around = No sessions yesterday, today or tomorrow.
checkin-revoked = This device may no longer check in. The list was wiped from it; please ask the staff
checkin-no-offline = This address is not https: without a network this page cannot be opened. Checking in works; keep the page open
checkin-no-store = This device keeps nothing (a private window, or no space left). Check-ins are sent as usual; without a network, keep this page open
checkin-seen = Understood
checkin-card-tail = The card ending in { $tail }
checkin-entry = One entry
checkin-card-unknown-here = This card is not on the list. It is kept, and its owner known when the network is back
checkin-card-again = { $name } is checked in already
checkin-scan-start = Scan a card
checkin-scan-stop = Stop scanning
checkin-scan-hint = Hold the square code of the card before the camera
checkin-scan-denied = The camera cannot be opened: allow it in the browser, or use a scanner, or type
checkin-scan-none = This device has no camera. Use a scanner, or type the code
checkin-choose-offline = No network. Sessions kept on this device
checkin-nothing-kept = No session is kept on this device. Open one while there is a network.
checkin-offline-page = No network: this is the list kept on this device
checkin-to-correction = Correct this session
checkin-leave = { $count } check-ins were not sent yet. Logging out now loses them. Log out?
absence-ill = Ill
absence-away = Away
absence-family = Family matter
absence-weather = Weather
absence-unwilling = Does not want to
absence-unreached = Not reached
absence-leave = On leave
noun-absence = reason for absence
noun-device = device
error-absence-came = They are checked in; no reason for absence is needed
error-absence-reason = There is no reason “{ $value }”
error-card-unknown = The card ending in { $value } is not of this community, or was never made
error-card-replaced = The card ending in { $value } was replaced: use the new one, or check in by name
error-card-raced = Somebody else just replaced this card; look at its number now
error-card-grid = Choose a grid
error-card-building = Write the building
error-card-which = Choose for whom to print
error-device-name = Give the device a name
error-device-term = Choose for how long
error-device-too-many = Too many devices: stop those not in use first
error-checkin-on = A date is written like 2026-11-20: { $value }
