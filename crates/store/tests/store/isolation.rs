//! The wall between tenants on PostgreSQL: what the role that serves can and cannot do, whatever a statement says.

use store::sql::Scope;
use store::tables::tables;
use store::*;

use crate::world::*;

/// Two authorities with a case each; their database as the superuser, the owner and the role that serves.
async fn two_towns() -> Option<(World, [String; 3])> {
    let w = World::postgres().await?;
    let other = w
        .store
        .create_tenant(authority("altenburg", "Altenburg"))
        .await
        .unwrap();
    submit(&w.town, case(1)).await.unwrap();
    let mut second = case(2);
    second.tenant = "altenburg".into();
    submit(&other, second).await.unwrap();
    let admin = w.database.clone().unwrap();
    let roles = ["kommunal", "kommunal_owner", "kommunal_app"].map(|role| as_role(&admin, role));
    Some((w, roles))
}

async fn count(dsn: &str, text: &str) -> i64 {
    ask(dsn, text).await.unwrap()[0][0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tenant_no_row_is_seen_and_with_one_only_its_own() {
    let Some((_w, [admin, owner, app])) = two_towns().await else {
        return;
    };
    let mut filled = 0;
    for (scope, table) in tables().filter(|(scope, _)| *scope == Scope::Tenant) {
        let all = count(&admin, &format!("select count(*) from {table}")).await;
        filled += i64::from(all > 0);
        for role in [&owner, &app] {
            assert_eq!(
                count(role, &format!("select count(*) from {table}")).await,
                0,
                "{table} {scope:?}"
            );
        }
        let rows = ask(&app, &format!("begin; select set_config('kommunal.tenant', 'nobitz', true); select distinct tenant from {table}; commit")).await;
        let seen: Vec<String> = rows.unwrap().into_iter().skip(1).flatten().collect();
        assert!(seen.iter().all(|t| t == "nobitz"), "{table}: {seen:?}");
        assert_eq!(
            seen.is_empty(),
            count(&admin, &format!("select count(*) from {table} where tenant = 'nobitz'")).await == 0,
            "{table}"
        );
    }
    assert!(filled > 5, "{filled} tables with rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_can_be_written_into_or_taken_from_another_tenant() {
    let Some((_w, [admin, _, app])) = two_towns().await else {
        return;
    };
    let as_nobitz = async |text: &str| {
        let all = format!("begin; select set_config('kommunal.tenant', 'nobitz', true); {text}; commit");
        ask(&app, &all)
            .await
            .map(|rows| rows.into_iter().skip(1).collect::<Vec<_>>())
    };
    let count_day = "count_day (tenant, place, service, day, kind, n) values";
    let own = as_nobitz(&format!("insert into {count_day} ('nobitz', 'p', 's', 'd', 'k', 1)")).await;
    assert!(own.is_ok(), "{own:?}");
    for text in [
        &format!("insert into {count_day} ('altenburg', 'p', 's', 'd', 'k', 1)"),
        "update count_day set tenant = 'altenburg' where tenant = 'nobitz'",
        "insert into feedback select 'altenburg', 'f', 1, 'k', 'p', 'x'::bytea",
    ] {
        let refused = as_nobitz(text).await.unwrap_err();
        assert!(refused.contains("row-level security"), "{text}: {refused}");
    }
    for text in [
        "update case_file set state = 'x' returning tenant",
        "delete from case_event returning tenant",
    ] {
        let touched = as_nobitz(text).await.unwrap();
        assert!(
            touched.iter().all(|row| row == &["nobitz"]) && !touched.is_empty(),
            "{touched:?}"
        );
    }
    let left = count(&admin, "select count(*) from case_event where tenant = 'altenburg'").await;
    assert!(left > 0, "the other's rows are still there");
    // The empty text is nobody's tenant.
    let nobody = ask(
        &app,
        "select set_config('kommunal.tenant', '', false); select count(*) from case_file",
    );
    assert_eq!(nobody.await.unwrap()[1], ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_serves_changes_no_table_and_no_log() {
    let Some((w, [_, _, app])) = two_towns().await else {
        return;
    };
    for text in [
        "create table x (a text)",
        "create temporary table case_file (a text)",
        "create schema x",
        "alter table case_file disable row level security",
        "alter table case_file no force row level security",
        "drop policy one_tenant on case_file",
        "create policy all_rows on case_file using (true)",
        "drop table case_file",
        "truncate case_file",
        "create index x on case_file (id)",
        "create trigger x before insert on case_file for each row execute function suppress_redundant_updates_trigger()",
        "insert into schema_version (set_name, version, file) values ('tenant', 99, 'x')",
        "update audit set actor = 'x'",
        "delete from audit",
        "set role kommunal_owner",
        "set session authorization kommunal_owner",
        "copy case_file to program 'cat'",
    ] {
        let refused = ask(&app, text).await.expect_err(text);
        assert!(
            ["permission denied", "must be owner", "must be superuser"]
                .iter()
                .any(|why| refused.contains(why)),
            "{text}: {refused}"
        );
    }
    let off = ask(&app, "set row_security = off; select count(*) from case_file").await;
    assert!(off.unwrap_err().contains("row-level security"));
    // With all that it serves, also when it finds the tables made.
    let again = Store::open(StoreConfig {
        data: w.folder.join("data"),
        database: Some(app),
        database_migrate: None,
        root: w.root.clone().into(),
        entropy: Entropy::System,
    });
    let town = again.await.unwrap().tenant(w.town.id()).await.unwrap();
    assert!(town.read(|t| t.case(&case(1).id)).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_migration_changes_the_rows_of_every_tenant() {
    let Some((w, [admin, _, app])) = two_towns().await else {
        return;
    };
    // As it was before the fourth file, with an open fee in both towns.
    let before = "drop index paper_at; drop index booking_room_end, booking_end; drop index case_file_pay; alter table case_file drop column pay_state, drop column pay_due; \
        update case_file set fee_open = 1; drop table sign_up; drop table audit_day; drop table second_factor, member, account_item; drop table erased_case, merged_authority, merged_audit, merged_audit_day; drop index case_file_keep, case_file_stage; \
        alter table case_file drop column keep_stage, drop column held, drop column keep_day; delete from schema_version where set_name = 'tenant' and version >= 4";
    ask(&admin, before).await.unwrap();
    let serve = |owner: Option<String>| {
        Store::open(StoreConfig {
            data: w.folder.join("data"),
            database: Some(app.clone()),
            database_migrate: owner,
            root: w.root.clone().into(),
            entropy: Entropy::System,
        })
    };
    let Err(Error::Setup(sentence)) = serve(None).await else {
        panic!("served tables that are behind")
    };
    assert!(sentence.contains("kommunal migrate"), "{sentence}");
    serve(Some(as_role(&admin, "kommunal_owner"))).await.unwrap();
    let open = count(&admin, "select count(*) from case_file where pay_state = 'open'").await;
    assert_eq!(open, 2, "row level security hid rows from the migration");
    assert_eq!(
        count(&app, "select count(*) from case_file").await,
        0,
        "the wall stands again"
    );
    serve(None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_role_for_everything_still_works_behind_the_wall() {
    let Some(w) = World::empty_postgres().await else { return };
    let owner = as_role(w.database.as_deref().unwrap(), "kommunal_owner");
    let open = async || {
        Store::open(StoreConfig {
            data: w.folder.join("data"),
            database: Some(owner.clone()),
            database_migrate: None,
            root: w.root.clone().into(),
            entropy: Entropy::System,
        })
        .await
        .unwrap()
    };
    let town = open().await.create_tenant(authority("nobitz", "Nobitz")).await.unwrap();
    submit(&town, case(1)).await.unwrap();
    let town = open().await.tenant(town.id()).await.unwrap();
    assert!(town.read(|t| t.case(&case(1).id)).await.unwrap().is_some());
    assert_eq!(count(&owner, "select count(*) from case_file").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_told_in_a_sentence() {
    let Some(w) = World::empty_postgres().await else { return };
    let admin = w.database.clone().unwrap();
    let [owner, app] = ["kommunal_owner", "kommunal_app"].map(|role| as_role(&admin, role));
    let sentence = async |database: &str, owner: &str| match migrate_server(database, owner).await {
        Err(Error::Setup(sentence)) => sentence,
        other => panic!("{other:?}"),
    };
    let unknown = sentence(&as_role(&admin, "kommunal_nobody"), &owner).await;
    assert!(unknown.contains("create role kommunal_nobody"), "{unknown}");
    let rights = sentence(&app, &app).await;
    assert!(rights.contains("fehlt ein Recht"), "{rights}");
    migrate_server(&app, &owner).await.unwrap();
    migrate_server(&app, &owner).await.unwrap();
}
