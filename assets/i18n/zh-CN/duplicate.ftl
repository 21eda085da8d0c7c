# 可能重复
duplicate-open = 可能重复的
duplicate-title = 可能是同一人的登记
duplicate-count = { $n } 对
duplicate-none = 没有看着像重复的登记。
duplicate-merge = 合并
duplicate-apart = 不是同一人
duplicate-apart-done = 记住了，这一对不会再提。
duplicate-same-phone-and-name = 同一个号码，同一个名字
duplicate-same-phone-and-like-name = 同一个号码，名字很像
duplicate-same-name-and-building = 同名，同一栋楼
duplicate-same-name-and-birth-year = 同名，同一年出生
duplicate-same-initials-and-tail = 名字读音像，号码后四位一样
duplicate-other-birth-year = 但是出生年份差得远
duplicate-other-gender = 但是一男一女
