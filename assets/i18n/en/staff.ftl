# Staff wing: the rail
staff-skip = Skip to the page
staff-nav = Staff pages
staff-nav-today = Today
staff-nav-week = Planner
staff-nav-checkin = Check-in
staff-nav-notifications = Notices
staff-nav-reports = Reports
staff-nav-failed = { $n } not delivered,
staff-log-out = Log out
