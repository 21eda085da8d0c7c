# 接口：规则、文字、通道
error-rule-lead-form = 提前多久要写 days 和 at，或者只写 minutes
