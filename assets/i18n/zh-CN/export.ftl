# 给本人一份
export-open = 给本人一份
export-title = 我们记着的您的信息
export-says = 按个人信息保护法第四十五条，这是我们保存的、和您有关的全部内容。要改、要抹去，打 { $phone }。
export-json = 存成 JSON
export-csv = 存成表格 CSV
export-print = 用浏览器打印
export-nothing = 没有
export-person = 登记
export-merged = 并进来的登记
export-consents = 同意书
export-sign-ups = 报名
export-signed-up-by = （{ $name } 代报）
export-visits = 来过的活动
export-messages = 发过的通知
