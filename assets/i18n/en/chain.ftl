# Group lists
chain-title = Paste a group list
chain-sub = Copy the last list of the chat group as a whole, look it through, then sign up
chain-text = The list
chain-text-hint = At most 500 lines and 20,000 characters. The text is not kept.
chain-look = Look it through
chain-review = Look it through
chain-back = Change the text
chain-line = Line { $n }
chain-line-says = Line { $line }: { $what }
chain-doubt = { $what } ({ $value })
chain-other-session = This looks like another session, please compare:
chain-other-date = The list says { $found }, this session is on { $here }
chain-other-weekday = The list says { $found }, this session is on { $here }
chain-other-time = The list says { $found }, this session is at { $here }
chain-other-title = The list begins “{ $found }” and does not name “{ $here }”
chain-said = As written
chain-read = As read
chain-whom = Who it is
chain-heads = { $n ->
    [one] one person
   *[other] { $n } people
 }
chain-by = written by { $by }
chain-wish-join = signs up
chain-wish-wait = waits
chain-wish-cancel = cancels
chain-known = { $name }, { $building }
chain-known-plain = { $name }
chain-known-tail = ends in { $tail }
chain-known-enrolled = is in already
chain-known-waitlisted = waits already
chain-new = New: enter them
chain-skip = Leave this line out
chain-must-choose = Please choose
chain-name = Name
chain-phone = Phone
chain-more = Who comes along (without a name: no place)
chain-before = { $n ->
    [one] One line was taken over before
   *[other] { $n } lines were taken over before
 } and stays as it is
chain-before-skipped = left out last time
chain-ours = from the list we sent ourselves
chain-nothing-to-cancel = is not signed up: nothing to cancel
chain-blank = { $n ->
    [one] One number without a name was not counted
   *[other] { $n } numbers without a name were not counted
 }
chain-left = These lines have no number and were not understood:
chain-gone = In the last list and not in this one: tick those who do not come
chain-none-new = All taken over before, nothing new.
chain-seats-left = { $n ->
    [one] One place left
   *[other] { $n } places left
 }; the others wait in order.
chain-seats-none = No place left: those who sign up wait in order.
chain-count-join = sign up { $n }
chain-count-wait = wait { $n }
chain-count-cancel = cancel { $n }
chain-count-new = new { $n }
chain-count-choose = { $n } to choose
chain-comma = {", "}
chain-nothing = Leave all out
chain-done = Taken over
chain-done-enrolled = { $n } signed up
chain-done-waits = { $n } waiting
chain-done-already = { $n } were in before
chain-done-cancelled = { $n } cancelled
chain-done-new = { $n } new
chain-done-unnamed = { $n } more come along without a name and hold no place
chain-what-enrolled = has a place
chain-what-waits = waits, { $n } before
chain-what-already = was in before
chain-what-cancelled = cancelled
chain-what-nothing = was not signed up
chain-what-skipped = left out
chain-what-before = taken over before
chain-is-new = new
chain-again = Paste again
chain-group-text = Message for the group
# The message for the group
group-title = Message for the group
group-sub = Copy it with one tap and paste it into the chat
group-copy = Copy
group-copied = Copied: paste it into the chat
group-text = The message
group-in-zh = 中文
group-in-en = English
group-privacy = Only those who wrote themselves into the group's list are named, by family name and last character. Whoever signed up by phone, at the counter or on the page has not agreed to that and is a number.
group-off = This session is called off: below is what to tell the group; send no list.
group-begun = This session has begun: do not send it.
group-line-where = { $place }
group-bring = Bring: { $what }
group-left = { $n ->
    [one] One place left
   *[other] { $n } places left
 }
group-full = No place left, you can wait for one
group-open = Open to all
group-free = No sign-up needed, just come
group-phone = Or phone us: { $phone }
group-example = e.g. name + building
group-others = { $n ->
    [one] One more has signed up elsewhere
   *[other] { $n } more have signed up elsewhere
 }
group-unnamed = { $n ->
    [one] One more comes along
   *[other] { $n } more come along
 }
error-chain-empty = Nothing was pasted yet
error-chain-long = { $n } characters were pasted, { $chars } is the most: paste only the last list
error-chain-lines = { $n } lines were pasted, { $lines } is the most: paste only the last list
error-chain-items = The list has more than { $lines } people: paste it in parts
error-chain-no-items = No numbers like 1. 2. 3. were found: “{ $value }”
error-chain-tail = the end of the number must have four digits
error-chain-heads = the number of people was not understood; one is counted
error-chain-name-digits = there are digits in the name
error-chain-choose = Choose who it is: { $value }
