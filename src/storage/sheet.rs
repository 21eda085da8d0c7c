//! Sign-in sheets and their rows.

use entities::{sheet, sheet_row};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, SessionId, SheetId};
use crate::domain::sheet::{Entry, Sheet, SheetCode, SheetRow};

fn sheet_of(row: sheet::Model) -> Result<Sheet> {
    let unreadable = |column: &'static str, value: &str| Error::Inconsistent {
        table: "sheet",
        column,
        id: row.id.to_string(),
        value: value.to_owned(),
    };
    let entry = match (row.entry_id, row.entered_at) {
        (Some(form), Some(at)) => Some(Entry {
            form,
            nameless: row.nameless,
            total: row.total.unwrap_or_default(),
            heads: row.heads_id.map(Into::into),
            feedback: row.feedback_id.map(Into::into),
            at: from_db(at),
            by: row.entered_by.map(Into::into),
        }),
        _ => None,
    };
    Ok(Sheet {
        id: row.id.into(),
        session: row.session_id.into(),
        form: row.form.parse().map_err(|_| unreadable("form", &row.form))?,
        version: row.version,
        code: row
            .code
            .parse::<SheetCode>()
            .map_err(|_| unreadable("code", &row.code))?,
        names: row.names,
        last_row: row.last_row,
        printed_at: from_db(row.printed_at),
        entry,
    })
}

/// The sheets of a session, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_session(db: &impl Connection, community: CommunityId, session: SessionId) -> Result<Vec<Sheet>> {
    let rows = sheet::Entity::find()
        .filter(sheet::Column::CommunityId.eq(community.0))
        .filter(sheet::Column::SessionId.eq(session.0))
        .order_by_asc(sheet::Column::Version)
        .all(db)
        .await?;
    rows.into_iter().map(sheet_of).collect()
}

/// The sheet with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: SheetId) -> Result<Option<Sheet>> {
    let row = sheet::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(sheet_of).transpose()
}

/// The sheet with this number.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_code(db: &impl Connection, community: CommunityId, code: &SheetCode) -> Result<Option<Sheet>> {
    let row = sheet::Entity::find()
        .filter(sheet::Column::CommunityId.eq(community.0))
        .filter(sheet::Column::Code.eq(code.digits()))
        .one(db)
        .await?;
    row.map(sheet_of).transpose()
}

/// Stores a new sheet with its printed rows.
///
/// # Errors
/// [`Error::Duplicate`] when its number or its version is taken; [`Error::Dangling`] without its session.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &Sheet,
    rows: &[SheetRow],
    ids: impl FnMut() -> uuid::Uuid,
    by: Option<AccountId>,
) -> Result<()> {
    sheet::Entity::insert(sheet::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        session_id: Set(new.session.0),
        form: Set(new.form.to_string()),
        version: Set(new.version),
        code: Set(new.code.digits().to_owned()),
        names: Set(new.names),
        last_row: Set(new.last_row),
        printed_at: Set(to_db(new.printed_at)),
        printed_by: Set(by.map(Into::into)),
        entry_id: Set(None),
        nameless: Set(0),
        total: Set(None),
        heads_id: Set(None),
        feedback_id: Set(None),
        entered_at: Set(None),
        entered_by: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    insert_rows(db, community, new.id, rows, ids).await
}

async fn insert_rows(
    db: &impl Connection,
    community: CommunityId,
    sheet: SheetId,
    rows: &[SheetRow],
    mut ids: impl FnMut() -> uuid::Uuid,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let models: Vec<sheet_row::ActiveModel> = rows
        .iter()
        .map(|row| sheet_row::ActiveModel {
            community_id: Set(community.0),
            id: Set(ids()),
            sheet_id: Set(sheet.0),
            number: Set(row.number),
            resident_id: Set(row.resident.map(Into::into)),
            name: Set(row.name.clone()),
            came: Set(row.came),
            attendance_id: Set(row.attendance.map(Into::into)),
        })
        .collect();
    sheet_row::Entity::insert_many(models)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The rows of a sheet that bear a name or were signed, by number.
///
/// # Errors
/// When the database cannot be asked.
pub async fn rows(db: &impl Connection, community: CommunityId, sheet: SheetId) -> Result<Vec<SheetRow>> {
    let rows = sheet_row::Entity::find()
        .filter(sheet_row::Column::CommunityId.eq(community.0))
        .filter(sheet_row::Column::SheetId.eq(sheet.0))
        .order_by_asc(sheet_row::Column::Number)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SheetRow {
            number: row.number,
            resident: row.resident_id.map(Into::into),
            name: row.name,
            came: row.came,
            attendance: row.attendance_id.map(Into::into),
        })
        .collect())
}

/// Stores what was typed from a sheet: its sums, and its rows in place of those that were there.
///
/// # Errors
/// [`Error::Dangling`] for a resident who is not there.
pub async fn store_entry(
    db: &impl Connection,
    community: CommunityId,
    sheet: SheetId,
    entry: &Entry,
    rows: &[SheetRow],
    ids: impl FnMut() -> uuid::Uuid,
) -> Result<()> {
    sheet::Entity::update_many()
        .col_expr(sheet::Column::EntryId, Expr::value(Some(entry.form)))
        .col_expr(sheet::Column::Nameless, Expr::value(entry.nameless))
        .col_expr(sheet::Column::Total, Expr::value(Some(entry.total)))
        .col_expr(sheet::Column::HeadsId, Expr::value(entry.heads.map(|id| id.0)))
        .col_expr(sheet::Column::FeedbackId, Expr::value(entry.feedback.map(|id| id.0)))
        .col_expr(sheet::Column::EnteredAt, Expr::value(Some(to_db(entry.at))))
        .col_expr(sheet::Column::EnteredBy, Expr::value(entry.by.map(|id| id.0)))
        .filter(sheet::Column::CommunityId.eq(community.0))
        .filter(sheet::Column::Id.eq(sheet.0))
        .exec(db)
        .await?;
    sheet_row::Entity::delete_many()
        .filter(sheet_row::Column::CommunityId.eq(community.0))
        .filter(sheet_row::Column::SheetId.eq(sheet.0))
        .exec(db)
        .await?;
    insert_rows(db, community, sheet, rows, ids).await
}

/// Forgets the names of people who are not known on sheets typed before a moment: the heads stay, the names go. How many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_names(db: &impl Connection, before: Timestamp) -> Result<u64> {
    use sea_orm::sea_query::Query;

    let old = Query::select()
        .column(sheet::Column::Id)
        .from(sheet::Entity)
        .and_where(sheet::Column::EnteredAt.lt(to_db(before)))
        .take();
    let done = sheet_row::Entity::update_many()
        .col_expr(sheet_row::Column::Name, Expr::value(""))
        .filter(sheet_row::Column::Name.ne(""))
        .filter(sheet_row::Column::SheetId.in_subquery(old))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}
