//! A partner registers sessions on the phone; staff answer; what was agreed stands in the public week.

use entities::{booking, notification, session};
use jiff::SignedDuration;
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::community::Partner;
use xianglao::domain::id::{AccountId, ProposalId, VenueId};
use xianglao::domain::planning::{Clash, ProgrammeKind};
use xianglao::domain::proposal::{MOST_HELD, ProposalStatus};
use xianglao::services::programme::{self, NewProgramme, PlanSeries};
use xianglao::services::proposal::{self, Approval, Filter, NewProposal};
use xianglao::services::{Error, Result};

use crate::support::app::{Client, TestApp, location, on_both};

const TITLE: &str = "艾灸体验加一场";

fn actor(app_basic: &crate::support::seed::Basic, role: Role) -> Actor {
    Actor::Account {
        id: AccountId(Uuid::from_u128(77)),
        role,
        community: Some(app_basic.yunliang),
        partner: (role == Role::Partner).then_some(app_basic.zangyutang),
    }
}

/// Eight Tuesdays in the activity room, nine to eleven.
fn tuesdays(venue: VenueId) -> NewProposal {
    NewProposal {
        title: TITLE.to_owned(),
        kind: "wellness".to_owned(),
        venue_id: Some(venue),
        starts_local: "2026-12-01T09:00:00".to_owned(),
        duration_minutes: 120,
        rule: Some("FREQ=WEEKLY;BYDAY=TU;COUNT=8".to_owned()),
        holiday_policy: "skip".to_owned(),
        capacity: Some(12),
        ..NewProposal::default()
    }
}

async fn submitted(app: &TestApp) -> ProposalId {
    let basic = app.seed_basic().await;
    let partner = actor(basic, Role::Partner);
    let sent = proposal::submit(&app.ctx, &partner, basic.yunliang, tuesdays(basic.activity_room)).await;
    sent.expect("it can be sent").id
}

async fn status(app: &TestApp, id: ProposalId) -> ProposalStatus {
    let basic = app.seed_basic().await;
    let found = proposal::get(&app.ctx, &actor(basic, Role::Staff), basic.yunliang, id).await;
    found.expect("it is there").proposal.status
}

async fn held(app: &TestApp, id: ProposalId) -> u64 {
    let rows = booking::Entity::find().filter(booking::Column::ProposalId.eq(id.0));
    rows.count(app.db()).await.unwrap()
}

async fn sessions(app: &TestApp) -> u64 {
    session::Entity::find().count(app.db()).await.unwrap()
}

/// Staff plan one session of something else at this time in the activity room.
async fn plan_at(app: &TestApp, starts: &str) -> Result<usize> {
    let basic = app.seed_basic().await;
    let staff = actor(basic, Role::Staff);
    let new = NewProgramme::titled("反诈课", ProgrammeKind::Class);
    let class = programme::create_programme(&app.ctx, &staff, basic.yunliang, new).await?;
    let wish = PlanSeries::once(class.id, basic.activity_room, starts.parse().unwrap(), 60);
    let planned = programme::plan_series(&app.ctx, &staff, basic.yunliang, wish, false).await?;
    Ok(planned.sessions.len())
}

fn hidden_id(page: &str) -> String {
    let from = page.find(r#"name="id" value=""#).expect("a hidden id") + r#"name="id" value=""#.len();
    page[from..from + 36].to_owned()
}

/// The fields of a form that went through all three steps.
fn fields<'a>(id: &'a str, venue: &'a str, who: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("id", id),
        ("title", TITLE),
        ("kind", "wellness"),
        ("who", who),
        ("len", "120"),
        ("cap", "12"),
        ("needs", "桌子 6 张"),
        ("venue", venue),
        ("pace", "weekly"),
        ("day", "2"),
        ("from", "2026-11-30"),
        ("times", "8"),
        ("at", "09:00"),
    ]
}

fn query(step: &str, fields: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x/partner/propose", fields).unwrap();
    format!("/partner/propose?step={step}&{}", url.query().unwrap())
}

async fn text(client: &Client, response: reqwest::Response) -> String {
    client.follow(response).await.text().await.unwrap()
}

on_both!(
    a_partner_proposes_on_the_phone_and_what_staff_approve_stands_in_the_public_week,
    async |app| {
        let basic = app.seed_basic().await;
        let partner = app.client_as(Role::Partner).await;
        let staff = app.client_as(Role::Staff).await;
        let id = hidden_id(&partner.page("/partner/propose").await);
        let (venue, xiong) = (basic.activity_room.to_string(), basic.xiong.to_string());
        let form = fields(&id, &venue, &xiong);

        let when = partner.page(&query("2", &form[..7])).await;
        assert!(when.contains("什么时候办") && when.contains("8 次都空"), "{when}");
        let check = partner.page(&query("3", &form)).await;
        assert!(check.contains("每周二 上午9:00—11:00"), "{check}");
        assert!(check.contains("12月1日到1月19日，共 8 次"), "{check}");

        let sent = partner.submit("/partner/propose", &form).await;
        assert_eq!(location(&sent), format!("/partner/proposals/{id}?sent=1"));
        assert!(text(&partner, sent).await.contains("先给您留着 8 次"));
        // A second tap on the button makes no second proposal.
        let again = partner.submit("/partner/propose", &form).await;
        assert_eq!(location(&again), format!("/partner/proposals/{id}?sent=1"));
        assert!(partner.page("/partner").await.contains("等社区回复"));

        let tray = staff.page("/staff/week").await;
        assert!(tray.contains(TITLE) && tray.contains("场地空着"), "{tray}");
        let list = staff.page("/staff/partners").await;
        assert_eq!(
            list.matches(&format!("/staff/proposals/{id}/approve")).count(),
            1,
            "{list}"
        );
        let ask = staff.page(&format!("/staff/proposals/{id}/approve")).await;
        assert!(ask.contains("排上 8 次") && ask.contains("新建项目"), "{ask}");
        let done = staff
            .submit(&format!("/staff/proposals/{id}/approve"), &[("remark", "欢迎")])
            .await;
        assert!(text(&staff, done).await.contains("排好 8 次"));

        let week = app.client().page("/c/yunliang?week=2026-W49").await;
        assert!(week.contains(TITLE), "{week}");
        let mine = partner.page("/partner").await;
        assert!(
            mine.contains("同意了") && mine.contains("报了 0 人") && mine.contains("欢迎"),
            "{mine}"
        );
        let told = notification::Entity::find()
            .filter(notification::Column::ProposalId.eq(id.parse::<Uuid>().unwrap()))
            .count(app.db())
            .await
            .unwrap();
        assert_eq!(told, 1, "the partner is told once");
        assert_eq!(held(&app, id.parse().unwrap()).await, 0, "what was held is booked now");
    }
);

on_both!(
    a_declined_proposal_shows_its_reason_and_gives_its_dates_free,
    async |app| {
        let partner = app.client_as(Role::Partner).await;
        let staff = app.client_as(Role::Staff).await;
        let id = submitted(&app).await;
        assert_eq!(held(&app, id).await, 8);
        let clash = plan_at(&app, "2026-12-08T10:00:00").await.unwrap_err();
        assert!(
            matches!(&clash, Error::Conflict(clashes) if matches!(clashes[..], [Clash::Venue { by: None, .. }])),
            "the slot is held while the proposal waits: {clash:?}"
        );

        let address = format!("/staff/proposals/{id}/decline");
        let without = staff.submit(&address, &[("remark", "  ")]).await;
        assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(without.text().await.unwrap().contains("请写一句理由"));
        assert_eq!(status(&app, id).await, ProposalStatus::Submitted);

        let declined = staff.submit(&address, &[("remark", "活动里不能推销商品")]).await;
        assert!(text(&staff, declined).await.contains("留的时间放开了"));
        let mine = partner.page("/partner").await;
        assert!(mine.contains("没同意") && mine.contains("活动里不能推销商品"), "{mine}");
        assert_eq!(held(&app, id).await, 0);
        assert_eq!(plan_at(&app, "2026-12-08T10:00:00").await.unwrap(), 1);
        let late = staff.submit(&format!("/staff/proposals/{id}/approve"), &[]).await;
        assert_eq!(late.status(), StatusCode::CONFLICT);
        assert!(late.text().await.unwrap().contains("已经回绝"));
    }
);

on_both!(
    changes_are_asked_for_agreed_with_one_tap_and_then_approved,
    async |app| {
        let partner = app.client_as(Role::Partner).await;
        let staff = app.client_as(Role::Staff).await;
        let id = submitted(&app).await;
        let ask = format!("/staff/proposals/{id}/request-changes");
        assert!(staff.page(&ask).await.contains("这几段空着"));
        let fields = [
            ("remark", "那时是反诈课，换到周四下午行不行"),
            ("suggested", "2026-12-03T15:00"),
        ];
        let asked = staff.submit(&ask, &fields).await;
        assert_eq!(asked.status(), StatusCode::SEE_OTHER);
        assert_eq!(held(&app, id).await, 0);
        let mine = partner.page("/partner").await;
        assert!(
            mine.contains("社区建议换时间") && mine.contains("换到周四下午"),
            "{mine}"
        );
        let early = staff.submit(&format!("/staff/proposals/{id}/approve"), &[]).await;
        assert_eq!(early.status(), StatusCode::CONFLICT, "it is the partner's turn");

        let yes = partner.submit(&format!("/partner/proposals/{id}/accept"), &[]).await;
        assert!(text(&partner, yes).await.contains("每周四 下午3:00"));
        assert_eq!(held(&app, id).await, 8);
        let approved = staff.submit(&format!("/staff/proposals/{id}/approve"), &[]).await;
        assert_eq!(approved.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            (status(&app, id).await, sessions(&app).await),
            (ProposalStatus::Approved, 8)
        );
    }
);

on_both!(
    dates_that_are_taken_are_named_and_only_the_free_ones_are_held,
    async |app| {
        let basic = app.seed_basic().await;
        plan_at(&app, "2026-12-08T10:00:00").await.unwrap();
        let partner = actor(basic, Role::Partner);
        let home = basic.yunliang;
        let sent = proposal::submit(&app.ctx, &partner, home, tuesdays(basic.activity_room))
            .await
            .unwrap();
        assert_eq!((sent.held.len(), sent.clashes.len()), (7, 1));
        let staff = actor(basic, Role::Staff);
        let view = proposal::get(&app.ctx, &staff, home, sent.id).await.unwrap();
        let fit = proposal::fit(&app.ctx, home, &view).await.unwrap();
        assert_eq!(
            (fit.dates, fit.clashes.len()),
            (8, 1),
            "what it holds itself does not stand in its way"
        );

        let whole = proposal::approve(&app.ctx, &staff, home, sent.id, Approval::default()).await;
        assert!(matches!(whole, Err(Error::Conflict(clashes)) if clashes.len() == 1));
        assert_eq!(held(&app, sent.id).await, 7, "a refused approval changes nothing");
        let approval = Approval {
            leave_out_clashes: true,
            ..Approval::default()
        };
        let approved = proposal::approve(&app.ctx, &staff, home, sent.id, approval)
            .await
            .unwrap();
        assert_eq!(approved.sessions, 7);

        let once = NewProposal {
            rule: None,
            starts_local: "2026-12-08T10:30:00".to_owned(),
            duration_minutes: 60,
            ..tuesdays(basic.activity_room)
        };
        let taken = proposal::submit(&app.ctx, &partner, home, once).await;
        assert!(matches!(taken, Err(Error::Conflict(clashes)) if clashes.len() == 1));
    }
);

on_both!(
    of_two_who_approve_at_once_one_succeeds_and_the_other_is_told,
    async |app| {
        let basic = app.seed_basic().await;
        let id = submitted(&app).await;
        let staff = actor(basic, Role::Staff);
        let approve = || proposal::approve(&app.ctx, &staff, basic.yunliang, id, Approval::default());
        let answers = tokio::join!(approve(), approve());
        let (won, lost) = match answers {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            other => panic!("one of two: {other:?}"),
        };
        assert_eq!((won.sessions, sessions(&app).await), (8, 8));
        assert!(
            matches!(
                lost,
                Error::State {
                    code: "proposal-approved"
                }
            ),
            "{lost:?}"
        );
        let programmes = entities::programme::Entity::find().count(app.db()).await.unwrap();
        assert_eq!(programmes, 1);
    }
);

on_both!(an_approval_and_a_withdrawal_that_meet_leave_one_of_them, async |app| {
    let basic = app.seed_basic().await;
    let id = submitted(&app).await;
    let (staff, partner) = (actor(basic, Role::Staff), actor(basic, Role::Partner));
    let answers = tokio::join!(
        proposal::approve(&app.ctx, &staff, basic.yunliang, id, Approval::default()),
        proposal::withdraw(&app.ctx, &partner, basic.yunliang, id),
    );
    match answers {
        (Ok(_), Err(Error::State { code })) => {
            assert_eq!((code, sessions(&app).await), ("proposal-approved", 8));
        }
        (Err(Error::State { code }), Ok(())) => {
            assert_eq!((code, sessions(&app).await), ("proposal-withdrawn", 0));
            assert_eq!(held(&app, id).await, 0);
        }
        other => panic!("one of two: {other:?}"),
    }
});

on_both!(
    two_partners_who_want_the_same_hour_at_once_do_not_both_hold_it,
    async |app| {
        let basic = app.seed_basic().await;
        let partner = actor(basic, Role::Partner);
        let send = || proposal::submit(&app.ctx, &partner, basic.yunliang, tuesdays(basic.activity_room));
        let answers = tokio::join!(send(), send());
        let held: usize = [&answers.0, &answers.1]
            .iter()
            .map(|answer| answer.as_ref().map_or(0, |sent| sent.held.len()))
            .sum();
        assert_eq!(held, 8, "{answers:?}");
    }
);

on_both!(a_partner_sees_nothing_of_another_partner, async |app| {
    let basic = app.seed_basic().await;
    let id = submitted(&app).await;
    let other = Partner {
        id: app.ctx.new_id(app.ctx.now()),
        name: "光影照相馆".to_owned(),
        name_en: String::new(),
        contact_name: String::new(),
        email: String::new(),
        licence_expires_on: None,
        pledge_signed_on: None,
        qualification: String::new(),
        qualification_expires_on: None,
        pledge_expires_on: None,
        weekly_limit: None,
        frozen_at: None,
        frozen_reason: String::new(),
    };
    let stranger = Actor::Account {
        id: AccountId(Uuid::from_u128(78)),
        role: Role::Partner,
        community: Some(basic.yunliang),
        partner: Some(other.id),
    };
    let home = basic.yunliang;
    let found = proposal::get(&app.ctx, &stranger, home, id).await;
    assert!(matches!(found, Err(Error::NotFound { .. })));
    let withdrawn = proposal::withdraw(&app.ctx, &stranger, home, id).await;
    assert!(matches!(withdrawn, Err(Error::NotFound { .. })));
    let resent = proposal::resubmit(&app.ctx, &stranger, home, id, tuesdays(basic.hall)).await;
    assert!(matches!(resent, Err(Error::NotFound { .. })));
    let all = proposal::list(&app.ctx, &stranger, home, &Filter::default())
        .await
        .unwrap();
    assert!(all.is_empty());
    let approved = proposal::approve(&app.ctx, &stranger, home, id, Approval::default()).await;
    assert!(matches!(approved, Err(Error::Forbidden(_))));
    assert_eq!(status(&app, id).await, ProposalStatus::Submitted);
});

on_both!(
    what_cannot_be_held_is_refused_and_every_wrong_field_is_named,
    async |app| {
        let basic = app.seed_basic().await;
        let partner = actor(basic, Role::Partner);
        let good = || tuesdays(basic.activity_room);
        let cases: Vec<(&str, &str, NewProposal)> = vec![
            (
                "title",
                "text-empty",
                NewProposal {
                    title: " ".into(),
                    ..good()
                },
            ),
            (
                "kind",
                "proposal-kind",
                NewProposal {
                    kind: "party".into(),
                    ..good()
                },
            ),
            (
                "venue_id",
                "proposal-venue",
                NewProposal {
                    venue_id: None,
                    ..good()
                },
            ),
            (
                "starts_local",
                "proposal-start-past",
                NewProposal {
                    starts_local: "2026-11-25T08:10:00".into(),
                    ..good()
                },
            ),
            (
                "starts_local",
                "proposal-start-far",
                NewProposal {
                    starts_local: "2028-11-25T08:10:00".into(),
                    ..good()
                },
            ),
            (
                "starts_local",
                "proposal-start",
                NewProposal {
                    starts_local: "2026-12-01T09:00:30".into(),
                    ..good()
                },
            ),
            (
                "starts_local",
                "proposal-midnight",
                NewProposal {
                    starts_local: "2026-12-01T23:00:00".into(),
                    ..good()
                },
            ),
            (
                "duration_minutes",
                "plan-range",
                NewProposal {
                    duration_minutes: 0,
                    ..good()
                },
            ),
            (
                "capacity",
                "proposal-capacity-venue",
                NewProposal {
                    capacity: Some(21),
                    ..good()
                },
            ),
            (
                "facilitator_id",
                "proposal-facilitator",
                NewProposal {
                    facilitator_id: Some(app.ctx.new_id(app.ctx.now())),
                    ..good()
                },
            ),
            (
                "programme_id",
                "proposal-programme",
                NewProposal {
                    programme_id: Some(app.ctx.new_id(app.ctx.now())),
                    ..good()
                },
            ),
            (
                "rule",
                "proposal-rule",
                NewProposal {
                    rule: Some("FREQ=SOMETIMES".into()),
                    ..good()
                },
            ),
            (
                "rule",
                "proposal-no-dates",
                NewProposal {
                    rule: Some("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".into()),
                    ..good()
                },
            ),
            (
                "rule",
                "proposal-too-dense",
                NewProposal {
                    rule: Some("FREQ=DAILY;BYHOUR=9,10;COUNT=5000".into()),
                    ..good()
                },
            ),
        ];
        for (field, code, new) in cases {
            match proposal::submit(&app.ctx, &partner, basic.yunliang, new).await {
                Err(Error::Invalid(wrong)) => {
                    let found: Vec<_> = wrong.iter().map(|one| (one.field.as_str(), one.code)).collect();
                    assert_eq!(found, [(field, code)]);
                }
                other => panic!("{field} {code}: {other:?}"),
            }
        }
        let night = NewProposal {
            starts_local: "2026-12-01T06:00:00".into(),
            ..good()
        };
        match proposal::submit(&app.ctx, &partner, basic.yunliang, night).await {
            Err(Error::Conflict(clashes)) => {
                assert_eq!(clashes.len(), 8);
                assert!(clashes.iter().all(|clash| matches!(clash, Clash::Closed { .. })));
            }
            other => panic!("the venue is closed: {other:?}"),
        }
        assert_eq!(booking::Entity::find().count(app.db()).await.unwrap(), 0);
    }
);

on_both!(five_thousand_dates_hold_sixty, async |app| {
    let basic = app.seed_basic().await;
    let partner = actor(basic, Role::Partner);
    let daily = NewProposal {
        rule: Some("FREQ=DAILY;COUNT=5000".to_owned()),
        ..tuesdays(basic.activity_room)
    };
    let sent = proposal::submit(&app.ctx, &partner, basic.yunliang, daily)
        .await
        .unwrap();
    assert!(sent.more);
    assert_eq!(
        (sent.held.len(), held(&app, sent.id).await),
        (MOST_HELD, MOST_HELD as u64)
    );
});

on_both!(what_nobody_touches_for_two_weeks_lapses_once_and_lets_go, async |app| {
    let id = submitted(&app).await;
    app.clock.advance(SignedDuration::from_hours(14 * 24 - 1));
    assert_eq!(proposal::lapse_old(&app.ctx).await.unwrap(), 0);
    app.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(proposal::lapse_old(&app.ctx).await.unwrap(), 1);
    assert_eq!(
        (status(&app, id).await, held(&app, id).await),
        (ProposalStatus::Lapsed, 0)
    );
    assert_eq!(proposal::lapse_old(&app.ctx).await.unwrap(), 0);
});

#[tokio::test]
async fn dates_that_passed_while_it_waited_do_not_become_sessions() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let id = submitted(&app).await;
    app.clock.set("2026-12-02T08:00:00+08:00");
    let staff = actor(basic, Role::Staff);
    let approved = proposal::approve(&app.ctx, &staff, basic.yunliang, id, Approval::default()).await;
    assert_eq!(approved.unwrap().sessions, 7);
    assert_eq!(sessions(&app).await, 7);
}

#[tokio::test]
async fn everything_typed_is_kept_where_something_is_wrong() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let partner = app.client_as(Role::Partner).await;
    let id = hidden_id(&partner.page("/partner/propose").await);
    let venue = basic.activity_room.to_string();
    let mut form = fields(&id, &venue, "other");
    form.push(("who_name", "柳老师"));
    form.retain(|(name, _)| *name != "title");
    let back = partner.page(&query("3", &form)).await;
    assert!(
        back.contains("想办什么活动") && back.contains(r##"href="#f-title""##),
        "{back}"
    );
    assert!(back.contains("桌子 6 张") && back.contains("柳老师"), "{back}");
    assert!(
        back.contains(r#"name="at" value="09:00""#),
        "the second step is carried along: {back}"
    );

    form.push(("title", TITLE));
    form.retain(|(name, _)| *name != "at");
    let sent = partner.submit("/partner/propose", &form).await;
    assert_eq!(sent.status(), StatusCode::UNPROCESSABLE_ENTITY, "no time was picked");
    assert!(sent.text().await.unwrap().contains("请选一个开始时间"));
    let english = partner.page(&format!("{}&lang=en", query("2", &form))).await;
    assert!(
        english.contains("How often") && english.contains("all 8 free"),
        "{english}"
    );
}
