# 上报、更正
error-month-locked = 这个月已经上报，数字锁定了。要改，请走“更正”，写明原因。
error-month-locked-already = 这个月已经上报过了，数字是锁定的。
error-month-not-locked = 这个月还没有上报，不用更正，直接在签到页改就行。
error-month-ahead = { $value } 还没到，不能上报。
error-month-running = { $value } 还没过完。要现在上报，请勾上“我知道这个月还没过完”。
error-reason-missing = 请写明原因。
error-reason-too-long = 原因太长了，最多 { $max } 个字。
error-correction-nothing = 没有要改的地方：请勾选要加或要划掉的人，或者改人数。
error-correction-people = 一次最多更正 { $max } 人，这次有 { $value } 人。
error-correction-row = 这一场没有这条签到记录，请刷新页面再看一看。
error-quarter-format = “{ $value }”不是季度，请写成 2026-Q3 这样，从 2000 年到 2100 年。
error-year-format = “{ $value }”不是年份，请写成 2026 这样，从 2000 年到 2100 年。
