//! Logins over HTTP.

use reqwest::StatusCode;
use xianglao::domain::access::Role;

use crate::support::app::on_both;

on_both!(every_seeded_role_can_ask, async |app| {
    for role in Role::ALL {
        let client = app.client_as(role).await;
        assert_eq!(client.get("/nowhere").await.status(), StatusCode::NOT_FOUND);
    }
});
