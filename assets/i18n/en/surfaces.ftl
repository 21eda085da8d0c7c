# The screen in the lobby
lobby-open-screen = Lobby screen
lobby-today = Today
lobby-all-over = All of today's are over
lobby-nothing-today = Nothing today
lobby-nothing = Nothing this week. Please ask at the desk
lobby-list-of = { $day }
lobby-stale = Plans may have changed. Please ask at the desk
lobby-old = This is the plan of { $day }. Please ask at the desk
lobby-turns = More in a moment
lobby-moved = Moved: { $day }
lobby-off = Called off
lobby-paused = Paused
lobby-next-date = Next: { $day }
lobby-just-come = Just come
lobby-left = |{ $n }|left
lobby-open = Open
lobby-full = Full
lobby-queue = Waiting list
lobby-not-yet = Not open yet
lobby-closed = Sign-up over
lobby-collecting = Sign up now
lobby-was = was { $when }
lobby-was-at = was in { $venue }
lobby-next = Next
lobby-wait-now = Starting now
lobby-wait-minutes = in { $n } min
lobby-wait-hours = { $minutes ->
    [0] in { $hours } h
   *[other] in { $hours } h { $minutes } min
  }
lobby-seats-left = { $n ->
    [one] 1 seat left, sign up at the desk
   *[other] { $n } seats left, sign up at the desk
  }
lobby-seats-open = Seats left, sign up at the desk
lobby-seats-queue = Full: the desk keeps a waiting list
lobby-foot-none = Nothing
lobby-foot-more = { $n } in all
lobby-qr = QR code: the programme on your phone
lobby-scan = Scan with WeChat
lobby-scan-for = See the programme, sign up, have it read to you

# Posters and notices
hang-tools = Before printing
hang-print = { $n ->
    [1] Print
   *[other] Print { $n } sheets
  }
hang-sheet = Sheet { $n } of { $all }
poster-open = Print the poster
poster-title = This week
poster-week-page = Read this week
poster-welcome = All free, do come
poster-nothing = Nothing
poster-daily = Daily
poster-daily-holiday = on holidays, too
poster-off = called off
poster-off-for-now = We will say when it is next
poster-next = Next: { $when }
poster-moved-to = moved to { $day }
poster-moved-from = from { $day }
poster-other-time = new time
poster-other-place = new place
poster-was = was { $what }
poster-provisional = provisional
poster-rest = Closed for the holiday
poster-rest-until = Closed until { $day }
poster-worked = open on { $days }
poster-scan = Scan with WeChat to sign up
poster-no-scan = Or phone, or ask at the desk
poster-free = Free, nothing sold
poster-promise = No ID or bank card,
    no codes. Ever.
hang-notice-open = Print a notice
hang-notice-title = Notice
hang-notice-hint = For the building's door and the notice board
hang-notice-moved = New time
hang-notice-other-place = New place
hang-notice-before = Was:{" "}
hang-notice-now = Now:{" "}
hang-notice-sign-up = To sign up, phone us or scan the code
hang-notice-bring = Bring:{" "}
hang-notice-qr = QR code: this session on your phone
hang-notice-ask = Ask the community
