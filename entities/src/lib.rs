//! Table rows of 享老, one module per table, in sea-orm's format. No behaviour lives here; what a column means is said on
//! its field. Entities describe the present; the `migrations` crate describes how it came about.

#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod absence;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod account;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod activity_record;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod attempt;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod attendance;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod audit;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod booking;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod call_outcome;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod card;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod chain_line;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod channel_account;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod closure;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod closure_effect;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod closure_span;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod community;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod complaint;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod confirmation;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod consent;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod correction;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod count_alarm;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod crew;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod delivery;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod device;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod draw;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod enrolment;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod facilitator;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod feedback;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod grid;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod holiday_notice;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod household_visit;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod idempotency_key;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod login;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod login_limit;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod material;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod material_content;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod matter;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod message_template;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod meta;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod month_report;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod need;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod notification;
pub mod notification_rule;
pub mod notification_setting;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod opt_out;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod partner;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod photo;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod programme;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod proposal;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod proposal_remark;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod rate_bucket;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod resident;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod resident_apart;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod resident_import;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod resident_merge;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod resident_merge_move;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod restoration;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod rollover;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod series;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod series_amendment;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod series_enrolment;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod session;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod sheet;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod sheet_row;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod sign_up_rule;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod substitution;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod template;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod term;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod undone;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod upload;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod venue;
#[allow(missing_docs, reason = "the derive makes public items without docs")]
pub mod visit_summary;
