# The planner's acts: keys, moving, copying, printing, two who change at once
board-more = More
board-keys = Keys
board-keys-title = Planning by keyboard
board-keys-note = Moving only opens the form and shows what would happen. Nothing changes until you press Save.
board-key-walk = walk between sessions
board-key-open = open this one; after moving: see what would happen
board-key-back = back to the board; do not move
board-key-find = search
board-key-new = new activity
board-key-today = this week
board-key-move = change time or place
board-key-shift = 15 minutes earlier or later
board-key-side = the day before or after (by venue: another venue)
board-key-length = 15 minutes shorter or longer
board-key-help = open this list
board-wish = Enter shows what would happen, Esc leaves it
board-outdoor = outdoors
board-unplanned = Not planned this week
board-usually = usually { $when }
board-plan-it = Plan it
board-undo = { $n ->
    [one] Put it back, tell 1 person
   *[other] Put it back, tell { $n } people
 }
board-undo-nobody = Put it back, nobody to tell

# Moving
board-move = Move
board-move-title = Move { $title }
board-move-now = now { $when }
board-move-where = Where
board-move-nearby = Free times of this venue on the days around
board-move-leave = Leave it
board-room-free = free then
board-room-taken = taken by { $title }, { $time }
board-room-closed = closed then
board-room-offer = { $time } is free that day, take it

# Two who change at once
board-meanwhile-title = Somebody has just changed this session, yours is not saved yet:
board-meanwhile-moved = Somebody has just moved it to { $when }, { $venue }.
board-meanwhile-changed = Somebody has just changed this session. It is now { $when }, { $venue }.
board-meanwhile-cancelled = Somebody has just called this session off. { $reason }
board-meanwhile-typed = You typed { $when }, { $venue }: not saved, still below.
board-meanwhile-kept = What you typed is not saved and still below.
board-meanwhile-go-on = To change it all the same, press Save below; else close it.
board-meanwhile-cancel = To call it off all the same, press the button below once more.

# Copying last week
board-copy = Copy last week
board-copy-range = from { $from } to { $to }
board-copy-what = Which ones?
board-copy-none = Nothing to copy: what that week had, this week has.
board-copy-confirm = { $n ->
    [one] Copy 1 session
   *[other] Copy { $n } sessions
 }
board-copy-leave = Do not copy
board-copy-told = New sessions are on the public pages at once; nobody has signed up yet, so nobody is told.
board-copy-there-title = { $n } not to copy: already there, or over
board-copy-past = that time is over
board-copy-rule-goes-on = its rule leaves this week out; tick to add one
board-copy-extra = one more date of its series
board-copy-single = a single date
board-copy-offer = { $time } is free that day: tick to take it
board-copy-mind = Tick it to plan it all the same.
board-copy-nothing = Nothing is ticked. Tick what to copy and press again.
board-copy-clash = Something came in between, nothing was copied: { $clashes }
board-copied = { $n ->
    [0] These were copied just before; nothing was copied twice.
    [one] Copied 1 session; it is on the public pages.
   *[other] Copied { $n } sessions; they are on the public pages.
 }

# Printing a week
board-print = Print the week
board-print-now = Print
board-print-title = week
board-print-count = { $n ->
    [one] 1 session
   *[other] { $n } sessions
 }
board-print-left-out = { $n } more do not fit, see the web page
