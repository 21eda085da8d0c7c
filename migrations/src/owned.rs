//! What every table of a community has in common, said once: the primary key `(community_id, id)`, and foreign keys that
//! carry the community, so that the database itself cannot mix two communities.

use sea_orm_migration::{prelude::*, schema::uuid};

/// A table with `community_id` and `id` as its primary key, bound to `community`.
pub fn owned(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid("community_id"))
        .col(uuid("id"))
        .primary_key(Index::create().col("community_id").col("id"))
        .foreign_key(ForeignKey::create().from(table, "community_id").to("community", "id"))
        .to_owned()
}

/// A foreign key `(community_id, column)` to `parent(community_id, id)`.
pub fn to_parent(table: &'static str, column: &'static str, parent: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, ("community_id", column))
        .to(parent, ("community_id", "id"))
        .to_owned()
}
