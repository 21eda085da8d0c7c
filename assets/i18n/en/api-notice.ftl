# API: rules, words, channels
error-rule-lead-form = How long before: days and at, or minutes alone
