# A closure told as a whole: the notice and the group message
closure-notice-open = Print the notice
closure-notice-shut = Closed
closure-notice-weather = Bad weather
closure-notice-off = { $time } { $title }: does not take place
closure-notice-kept = { $time } { $title }: as planned
closure-notice-venue = { $time } { $title }: now in { $venue }
closure-notice-moved = { $time } { $title }: now { $when }, { $venue }
closure-notice-more = { $n } more, please phone and ask
closure-notice-qr = QR code: this week's activities on your phone
closure-group-open = Group message
closure-group-title = Tell the groups
closure-group-head = { $community }: { $reason }
closure-group-line = · { $line }
closure-group-phone = Questions? Phone { $phone }
# Six outputs
output-name = neighbour
