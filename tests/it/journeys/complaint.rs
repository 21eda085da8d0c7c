//! Somebody complains about a partner; its sessions are paused; staff decide.

use entities::{audit, complaint as complaint_row, delivery, enrolment as enrolment_row, session as session_row};
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::ComplaintId;
use xianglao::domain::planning::Clash;
use xianglao::services::complaint::{self, NewComplaint, NewDecision};
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::partner;
use xianglao::services::proposal::{self, Approval, NewProposal};
use xianglao::services::{Error, confirmation};

use crate::support::app::{TestApp, location, on_both};
use crate::support::partner::{TITLE, actor, asked, path_of, row, session_at, weekly};

const TUESDAY: &str = "2026-12-01T09:30:00";

async fn is_frozen(app: &TestApp) -> bool {
    let basic = app.seed_basic().await;
    let staff = actor(app, Role::Staff).await;
    let known = partner::get(&app.ctx, &staff, basic.yunliang, basic.zangyutang).await;
    known.unwrap().partner.frozen_at.is_some()
}

/// How many sessions of the days ahead somebody would be reminded of.
async fn reminded(app: &TestApp) -> usize {
    let now = app.ctx.now();
    let to = now + jiff::SignedDuration::from_hours(10 * 24);
    let found = xianglao::storage::notification::upcoming(app.db(), now, to).await;
    found.unwrap().len()
}

async fn complaints(app: &TestApp) -> Vec<complaint_row::Model> {
    complaint_row::Entity::find().all(app.db()).await.unwrap()
}

async fn sign_up(app: &TestApp, at: (xianglao::domain::id::CommunityId, xianglao::domain::id::SessionId), n: u8) {
    let sign_up = SignUp {
        name: "薛秀英".to_owned(),
        phone: format!("1390000662{n}"),
        ..SignUp::default()
    };
    enrolment::enrol(&app.ctx, at.0, at.1, sign_up)
        .await
        .expect("signed up");
}

async fn decide(app: &TestApp, id: ComplaintId, decision: &str) -> Result<complaint::Outcome, Error> {
    let home = app.seed_basic().await.yunliang;
    let staff = actor(app, Role::Staff).await;
    let new = NewDecision {
        decision: decision.to_owned(),
        words: "核实过了".to_owned(),
    };
    complaint::decide(&app.ctx, &staff, home, id, &new).await
}

async fn filed(app: &TestApp, kind: &str) -> complaint::Filed {
    let basic = app.seed_basic().await;
    let staff = actor(app, Role::Staff).await;
    let new = NewComplaint {
        kind: kind.to_owned(),
        words: "卖床垫".to_owned(),
        ..NewComplaint::default()
    };
    complaint::file_at_desk(&app.ctx, &staff, basic.yunliang, basic.zangyutang, None, &new)
        .await
        .unwrap()
}

fn proposal_of(venue: xianglao::domain::id::VenueId) -> NewProposal {
    NewProposal {
        title: "艾灸加一场".to_owned(),
        kind: "wellness".to_owned(),
        venue_id: Some(venue),
        starts_local: "2026-12-03T14:30:00".to_owned(),
        duration_minutes: 60,
        ..NewProposal::default()
    }
}

on_both!(
    a_complaint_pauses_the_partner_at_once_and_one_press_lets_it_go_on,
    async |app| {
        let basic = app.seed_basic().await;
        let at = session_at(&app, TUESDAY).await;
        sign_up(&app, at, 1).await;
        let question = asked(&app, at).await;
        let offered = actor(&app, Role::Partner).await;
        let waiting = proposal::submit(&app.ctx, &offered, at.0, proposal_of(basic.hall))
            .await
            .unwrap();

        let public = app.client();
        let session_page = format!("/c/yunliang/sessions/{}", at.1);
        let page = public.page(&session_page).await;
        assert!(page.contains("有问题要反映") && page.contains("我要报名"), "{page}");
        let address = format!("{session_page}/complain");
        let form = public.page(&address).await;
        let id = crate::support::planner::value_of(&form, "id");
        let empty = public
            .submit(&address, &[("id", &id), ("kind", ""), ("words", "")])
            .await;
        assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!is_frozen(&app).await, "nothing is half done");
        let fields = [
            ("id", id.as_str()),
            ("kind", "selling"),
            ("words", "讲着讲着卖起床垫来"),
            ("phone", "13900006621"),
        ];
        let sent = public.submit(&address, &fields).await;
        assert!(
            public
                .follow(sent)
                .await
                .text()
                .await
                .unwrap()
                .contains("先暂停，等社区核实")
        );
        // A second tap is the same complaint.
        public.submit(&address, &fields).await;
        assert_eq!(complaints(&app).await.len(), 1);
        assert!(is_frozen(&app).await);

        // Public pages say so, and nobody signs up.
        let paused = public.page(&session_page).await;
        assert!(
            paused.contains("暂停，等社区核实") && !paused.contains("我要报名"),
            "{paused}"
        );
        assert!(
            public
                .page("/c/yunliang?week=2026-W49")
                .await
                .contains("暂停，等社区核实")
        );
        let late = SignUp {
            name: "刘德福".to_owned(),
            phone: "13900009021".to_owned(),
            ..SignUp::default()
        };
        let refused = enrolment::enrol(&app.ctx, at.0, at.1, late).await;
        assert!(
            matches!(refused, Err(Error::State { code: "enrol-paused" })),
            "{refused:?}"
        );

        // Nothing new is planned or approved, nobody is asked, and the link confirms nothing.
        let staff = actor(&app, Role::Staff).await;
        let approved = proposal::approve(&app.ctx, &staff, at.0, waiting.id, Approval::default()).await;
        assert!(
            matches!(&approved, Err(Error::Conflict(clashes)) if clashes.iter().all(|clash| matches!(clash, Clash::Frozen { .. }))),
            "{approved:?}"
        );
        let path = path_of(&app, at.0, &question);
        assert!(public.page(&path).await.contains("这项活动暂停"));
        public.submit(&path, &[("answer", "confirmed")]).await;
        assert_eq!(row(&app, at.0, &question).await.answer, None);
        let ask = confirmation::ask(&app.ctx, &staff, at.0, at.1).await;
        assert!(matches!(ask, Err(Error::State { code: "confirm-paused" })));

        assert_eq!(reminded(&app).await, 0, "nobody is reminded of what is paused");

        // The partner learns the kind and nothing else.
        let partner = app.client_as(Role::Partner).await;
        let home = partner.page("/partner").await;
        assert!(home.contains("您的活动暂停着") && home.contains("推销东西"), "{home}");
        assert!(!home.contains("床垫") && !home.contains("6621"), "{home}");

        // It is on top of what waits for staff; one press lets it go on.
        let desk = app.client_as(Role::Staff).await;
        let start = desk.page("/staff").await;
        let one = complaints(&app).await.remove(0);
        let link = format!("/staff/complaints/{}", one.id);
        assert!(start.contains(&link) && start.contains("居民反映推销东西"), "{start}");
        let read = desk.page(&link).await;
        assert!(
            read.contains("讲着讲着卖起床垫来") && read.contains("13900006621"),
            "{read}"
        );
        let done = desk
            .submit(&link, &[("decision", "go_on"), ("words", "核实过了，照常办")])
            .await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        assert!(!is_frozen(&app).await);
        assert!(public.page(&session_page).await.contains("我要报名"));
        assert_eq!(reminded(&app).await, 1);
        assert!(desk.page(&link).await.contains("核实过，照常办"));
        let again = desk.submit(&link, &[("decision", "cancel"), ("words", "不办了")]).await;
        assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.text().await.unwrap().contains("已经处理过"));
        let history = audit::Entity::find().filter(audit::Column::Action.eq("complaint.decide"));
        assert_eq!(history.count(app.db()).await.unwrap(), 1);
    }
);

on_both!(
    calling_off_what_is_to_come_tells_everybody_once_and_keeps_the_partner_paused,
    async |app| {
        let at = weekly(&app, TUESDAY, 4).await;
        let other = session_at(&app, "2026-12-03T14:30:00").await;
        let ids: Vec<_> = session_row::Entity::find().all(app.db()).await.unwrap();
        assert_eq!(ids.len(), 5);
        // The same person in three sessions of two series.
        for session in ids.iter().filter(|row| row.id != ids[1].id).take(3) {
            sign_up(&app, (at.0, session.id.into()), 1).await;
        }
        sign_up(&app, other, 1).await;
        let one = filed(&app, "charging").await;
        assert!(one.paused);
        let outcome = decide(&app, one.id, "cancel").await.unwrap();
        assert_eq!((outcome.cancelled, outcome.people, outcome.goes_on), (5, 1, false));
        let rows = session_row::Entity::find().all(app.db()).await.unwrap();
        assert!(rows.iter().all(|row| row.status == "cancelled"), "{rows:?}");
        assert!(rows.iter().all(|row| row.reason.as_deref() == Some("核实过了")));
        assert_eq!(
            delivery::Entity::find().count(app.db()).await.unwrap(),
            1,
            "one message per person"
        );
        assert!(is_frozen(&app).await);
        // Letting it go on is one press on its page.
        let basic = app.seed_basic().await;
        let desk = app.client_as(Role::Staff).await;
        let address = format!("/staff/partners/{}", basic.zangyutang);
        assert!(desk.page(&address).await.contains("恢复活动"));
        let long = "很".repeat(300);
        let refused = desk.submit(&format!("{address}/unfreeze"), &[("reason", &long)]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().await.unwrap().contains(&long), "nothing typed is lost");
        let done = desk
            .submit(&format!("{address}/unfreeze"), &[("reason", "改好了")])
            .await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        assert!(!is_frozen(&app).await);
    }
);

on_both!(
    a_partner_with_two_complaints_goes_on_after_both_are_decided,
    async |app| {
        let basic = app.seed_basic().await;
        session_at(&app, TUESDAY).await;
        let first = filed(&app, "selling").await;
        let second = filed(&app, "injury").await;
        let third = filed(&app, "other").await;
        let staff = actor(&app, Role::Staff).await;
        let early = partner::unfreeze(&app.ctx, &staff, basic.yunliang, basic.zangyutang, "急").await;
        assert!(matches!(
            early,
            Err(Error::State {
                code: "partner-complaint-open"
            })
        ));
        let outcome = decide(&app, first.id, "unfounded").await.unwrap();
        assert_eq!((outcome.goes_on, outcome.open), (false, 2));
        assert!(is_frozen(&app).await);
        assert!(decide(&app, second.id, "go_on").await.unwrap().goes_on);
        assert!(!is_frozen(&app).await, "the third one never froze it");
        assert!(decide(&app, third.id, "unfounded").await.is_ok());
    }
);

on_both!(
    what_was_called_off_stays_paused_when_another_complaint_is_settled,
    async |app| {
        weekly(&app, TUESDAY, 2).await;
        let first = filed(&app, "selling").await;
        decide(&app, first.id, "cancel").await.unwrap();
        let later = filed(&app, "injury").await;
        let minor = filed(&app, "other").await;
        let outcome = decide(&app, later.id, "go_on").await.unwrap();
        assert_eq!((outcome.goes_on, outcome.paused, outcome.waits), (false, true, false));
        assert!(is_frozen(&app).await, "an earlier decision keeps it paused");
        let desk = app.client_as(Role::Staff).await;
        let address = format!("/staff/complaints/{}", minor.id);
        let page = desk.page(&address).await;
        assert!(page.contains("记下，核实过了") && !page.contains("恢复活动"), "{page}");
        let typed = [("decision", "go_on"), ("words", " ")];
        let wrong = desk.submit(&address, &typed).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let done = desk
            .submit(&address, &[("decision", "go_on"), ("words", "问过了")])
            .await;
        assert!(location(&done).ends_with("done=paused"), "{}", location(&done));
        assert!(desk.page(&location(&done)).await.contains("仍然暂停"));
        assert!(is_frozen(&app).await);
    }
);

on_both!(a_try_that_is_not_stored_spends_no_pause, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let address = format!("/c/yunliang/sessions/{}/complain", at.1);
    let id = app.ctx.new_id::<ComplaintId>(app.ctx.now()).to_string();
    let client = app.client();
    let first = [("id", id.as_str()), ("kind", "other"), ("words", "太吵")];
    client.submit(&address, &first).await;
    // The same form, filled in anew: something else, so it is a complaint of its own, and it pauses.
    let second = [("id", id.as_str()), ("kind", "selling"), ("words", "推销")];
    client.submit(&address, &second).await;
    assert_eq!(complaints(&app).await.len(), 2);
    assert!(is_frozen(&app).await);
});

on_both!(a_double_tap_is_one_complaint_and_pauses, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let address = format!("/c/yunliang/sessions/{}/complain", at.1);
    let id = app.ctx.new_id::<ComplaintId>(app.ctx.now()).to_string();
    let (one, two) = (app.client(), app.client());
    let said = [("id", id.as_str()), ("kind", "selling"), ("words", "推销")];
    tokio::join!(one.submit(&address, &said), two.submit(&address, &said));
    let stored = complaints(&app).await;
    assert_eq!(stored.len(), 1);
    assert!(stored[0].froze && is_frozen(&app).await);
});

on_both!(
    a_seat_that_came_free_meanwhile_goes_to_whoever_waits_once_it_goes_on,
    async |app| {
        let basic = app.seed_basic().await;
        let mut new = crate::support::plan::titled(TITLE);
        new.partner_id = Some(basic.zangyutang);
        new.capacity = Some(1);
        let room = basic.activity_room;
        let session = crate::support::plan::once(&app.ctx, basic.yunliang, room, new, TUESDAY)
            .await
            .session;
        sign_up(&app, (basic.yunliang, session), 1).await;
        sign_up(&app, (basic.yunliang, session), 2).await;
        let one = filed(&app, "selling").await;
        let seated = enrolment_row::Entity::find()
            .filter(enrolment_row::Column::SessionId.eq(session.0))
            .filter(enrolment_row::Column::Status.eq("enrolled"))
            .one(app.db())
            .await
            .unwrap()
            .unwrap();
        let which = enrolment::Which::Id(Actor::System, session, seated.id.into());
        enrolment::cancel(&app.ctx, basic.yunliang, which).await.unwrap();
        let counts = async || {
            let row = session_row::Entity::find_by_id((basic.yunliang.0, session.0));
            let row = row.one(app.db()).await.unwrap().unwrap();
            (row.enrolled, row.waitlisted)
        };
        assert_eq!(counts().await, (0, 1), "nobody moves up while it is paused");
        assert!(decide(&app, one.id, "go_on").await.unwrap().goes_on);
        assert_eq!(counts().await, (1, 0));
    }
);

on_both!(of_two_who_decide_at_once_one_does, async |app| {
    weekly(&app, TUESDAY, 3).await;
    let one = filed(&app, "selling").await;
    let (a, b) = tokio::join!(decide(&app, one.id, "go_on"), decide(&app, one.id, "cancel"));
    let lost = match (a, b) {
        (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
        other => panic!("one of two: {other:?}"),
    };
    assert!(
        matches!(
            lost,
            Error::State {
                code: "complaint-decided"
            }
        ),
        "{lost:?}"
    );
    let off = session_row::Entity::find().filter(session_row::Column::Status.eq("cancelled"));
    let off = off.count(app.db()).await.unwrap();
    assert_eq!(off == 3, is_frozen(&app).await, "all or nothing");
});

#[tokio::test]
async fn one_network_pauses_a_partner_once_a_day_and_is_still_heard() {
    let app = TestApp::sqlite().await;
    let at = session_at(&app, TUESDAY).await;
    let address = format!("/c/yunliang/sessions/{}/complain", at.1);
    let client = app.client();
    let said = [("kind", "selling"), ("words", "推销")];
    client.submit(&address, &said).await;
    let first: ComplaintId = complaints(&app).await[0].id.into();
    decide(&app, first, "unfounded").await.unwrap();
    client.submit(&address, &said).await;
    assert!(!is_frozen(&app).await, "the second one of the day pauses nothing");
    assert_eq!(complaints(&app).await.len(), 2, "and is written down all the same");
    for _ in 0..3 {
        client.submit(&address, &said).await;
    }
    let last = client.submit(&address, &said).await;
    assert_eq!(last.status(), StatusCode::TOO_MANY_REQUESTS);
    // Two days on, nobody reads in the answer whether the partner was paused before.
    app.clock.set("2026-11-27T09:00:00+08:00");
    client.submit(&address, &said).await;
    assert!(is_frozen(&app).await);
}

#[tokio::test]
async fn a_complaint_that_freezes_nothing_is_still_a_task() {
    let app = TestApp::sqlite().await;
    let at = session_at(&app, TUESDAY).await;
    let address = format!("/c/yunliang/sessions/{}/complain", at.1);
    let sent = app
        .client()
        .submit(&address, &[("kind", "other"), ("words", "太吵")])
        .await;
    assert!(location(&sent).contains("done=1"));
    assert!(!is_frozen(&app).await);
    assert!(
        app.client_as(Role::Staff)
            .await
            .page("/staff")
            .await
            .contains("居民反映别的事")
    );
}

#[tokio::test]
async fn what_the_community_gives_itself_is_not_complained_about_here() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let new = crate::support::plan::titled("反诈课");
    let own = crate::support::plan::once(&app.ctx, basic.yunliang, basic.hall, new, TUESDAY).await;
    let client = app.client();
    let page = client.page(&format!("/c/yunliang/sessions/{}", own.session)).await;
    assert!(!page.contains("有问题要反映"));
    let address = format!("/c/yunliang/sessions/{}/complain", own.session);
    assert_eq!(client.get(&address).await.status(), StatusCode::NOT_FOUND);
    let sent = client.submit(&address, &[("kind", "selling"), ("words", "推销")]).await;
    assert_eq!(sent.status(), StatusCode::NOT_FOUND);
    // Another community's session is not found under this one's name.
    let at = session_at(&app, "2026-12-01T14:30:00").await;
    let address = format!("/c/youyuan/sessions/{}/complain", at.1);
    assert_eq!(client.get(&address).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn staff_write_down_what_was_said_at_the_desk() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let at = session_at(&app, TUESDAY).await;
    let desk = app.client_as(Role::Staff).await;
    let form = desk.page(&format!("/staff/complaints/new?session={}", at.1)).await;
    assert!(form.contains(TITLE), "{form}");
    let partner = basic.zangyutang.to_string();
    let wrong = desk
        .submit(
            "/staff/complaints",
            &[("partner", partner.as_str()), ("kind", "selling"), ("phone", "12")],
        )
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = desk.submit("/staff/complaints", &[("partner", partner.as_str())]).await;
    let said = nothing.text().await.unwrap();
    assert!(
        said.contains("id=\"e-kind\"") && said.contains("id=\"e-words\""),
        "each at its own place: {said}"
    );
    let fields = [("partner", partner.as_str()), ("kind", "injury"), ("words", "烫着了")];
    let done = desk.submit("/staff/complaints", &fields).await;
    assert!(location(&done).ends_with("done=filed"));
    assert!(is_frozen(&app).await);
    // A partner's login and the street office reach none of it.
    for role in [Role::Partner, Role::District] {
        let client = app.client_as(role).await;
        let address = format!("/staff/complaints/{}", complaints(&app).await[0].id);
        assert_eq!(client.get(&address).await.status(), StatusCode::FORBIDDEN);
    }
    let elsewhere = complaint::list(&app.ctx, &Actor::Public, basic.yunliang, None, true).await;
    assert!(matches!(elsewhere, Err(Error::Forbidden(_))));
}
