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
