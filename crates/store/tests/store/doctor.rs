//! `doctor` finds each fault that is planted here, by the check meant for it, and nothing where all is well.

use std::os::unix::fs::PermissionsExt as _;

use store::doctor::{Report, files, key, server};
use store::*;

use crate::world::*;

/// What the doctor says after these statements of the superuser.
async fn after(w: &World, planted: &str) -> Report {
    let admin = w.database.as_deref().unwrap();
    if !planted.is_empty() {
        ask(admin, planted).await.expect(planted);
    }
    server(&as_role(admin, "kommunal_app"), std::slice::from_ref(&w.root))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_as_it_should_be_has_no_finding() {
    let Some(w) = World::postgres().await else { return };
    submit(&w.town, case(1)).await.unwrap();
    let report = after(&w, "").await;
    assert_eq!(report.findings, [] as [&str; 0]);
    assert_eq!(report.passed.len(), 11, "{:#?}", report.passed);
    let wrong = RootKey::parse(&"4c".repeat(32)).unwrap();
    let dsn = as_role(w.database.as_deref().unwrap(), "kommunal_app");
    let report = server(&dsn, std::slice::from_ref(&wrong)).await.unwrap();
    assert!(
        report.findings.len() == 1 && report.findings[0].contains("Hauptschlüssel"),
        "{report:?}"
    );
}

/// One fault planted, the finding it must give, and how it is taken back: by the migration, after `Some` statements if
/// that cannot know.
macro_rules! planted {
    ($($name:ident: $plant:expr, $finding:literal, $mend:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let Some(w) = World::postgres().await else { return };
            submit(&w.town, case(1)).await.unwrap();
            let report = after(&w, $plant).await;
            assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
            assert!(report.findings[0].contains($finding), "{:#?}", report.findings);
            let (admin, mend): (_, Option<&str>) = (w.database.as_deref().unwrap(), $mend);
            ask(admin, mend.unwrap_or("select 1")).await.unwrap();
            migrate_server(&as_role(admin, "kommunal_app"), &as_role(admin, "kommunal_owner")).await.unwrap();
            assert_eq!(after(&w, "").await.findings, [] as [&str; 0]);
        })+
    };
}

planted! {
    row_level_security_off_on_one_table: "alter table office disable row level security",
        "„office“ ist der Zeilenschutz aus", None;
    row_level_security_not_forced: "alter table case_file no force row level security",
        "„case_file“ gilt der Zeilenschutz nicht für ihre Besitzerin", None;
    a_policy_without_with_check: "drop policy one_tenant on job; \
        create policy one_tenant on job using (tenant = nullif(current_setting('kommunal.tenant', true), '')) with check (true)",
        "„job“ prüft anders, was geschrieben wird", None;
    a_policy_for_reading_alone: "drop policy one_tenant on job; \
        create policy one_tenant on job for select using (tenant = nullif(current_setting('kommunal.tenant', true), ''))",
        "„job“ prüft nicht, was geschrieben wird", None;
    a_policy_without_nullif: "drop policy one_tenant on job; \
        create policy one_tenant on job using (tenant = current_setting('kommunal.tenant', true)) with check (tenant = current_setting('kommunal.tenant', true))",
        "„job“ zeigt andere Zeilen", None;
    a_policy_for_one_role_only: "alter policy one_tenant on job to kommunal_owner",
        "„job“ gilt nicht für alle Rollen", None;
    no_policy_at_all: "drop policy one_tenant on audit", "„audit“ fehlt", None;
    a_table_that_nobody_has_classed: "create table neu (a text); alter table neu owner to kommunal_owner",
        "„neu“ kennt das Programm nicht", Some("drop table neu");
    a_materialized_copy_of_rows: "create materialized view kopie as select count(*) from count_day",
        "„kopie“", Some("drop materialized view kopie");
    a_view_with_its_owners_rights: "create view sicht as select * from case_file", "Sicht „sicht“", Some("drop view sicht");
    a_function_with_its_owners_rights: "create function alle() returns bigint security definer language sql as 'select count(*) from case_file'",
        "Funktion „alle“", Some("drop function alle()");
    a_key_that_does_not_begin_with_the_tenant: "create unique index andersherum on case_file (reference, tenant)",
        "„andersherum“", Some("drop index andersherum");
    a_foreign_key_across_tenants: "create unique index quer_u on demand_day (place); alter table office add constraint quer foreign key (place) references demand_day (place)",
        "„quer“", Some("alter table office drop constraint quer; drop index quer_u");
    the_role_that_serves_owns_a_table: "alter table feedback owner to kommunal_app", "besitzt 1 Dinge", Some("alter table feedback owner to kommunal_owner");
    the_role_that_serves_may_truncate: "grant truncate on case_file to kommunal_app", "truncate; gebraucht wird", None;
    the_role_that_serves_may_rewrite_the_log: "grant update on audit to kommunal_app", "„audit“: select, insert, update", None;
    the_role_that_serves_may_make_tables: "grant create on schema public to kommunal_app", "darf Tabellen anlegen",
        Some("revoke create on schema public from kommunal_app");
    a_right_is_missing: "revoke delete on job from kommunal_app", "„job“: select, insert, update; gebraucht", None;
    tables_behind_the_program: "delete from schema_version where set_name = 'drafts'", "nicht auf dem Stand",
        Some("insert into schema_version (set_name, version, file) values ('drafts', 1, 'drafts/0001_init.sql'), ('drafts', 2, 'drafts/0002_intake.sql')");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_as_the_role_that_serves() {
    let Some(w) = World::postgres().await else { return };
    submit(&w.town, case(1)).await.unwrap();
    let admin = w.database.clone().unwrap();
    let report = server(&admin, std::slice::from_ref(&w.root)).await.unwrap();
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.contains("„kommunal“") && f.contains("ist Superuser")),
        "{report:?}"
    );
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.contains("Ohne genanntes Amt sind Zeilen")),
        "the probe sees it, too"
    );

    let owner = server(&as_role(&admin, "kommunal_owner"), std::slice::from_ref(&w.root))
        .await
        .unwrap();
    assert_eq!(owner.findings.len(), 1, "{owner:#?}");
    assert!(
        owner.findings[0].contains("besitzt") && owner.findings[0].contains("Two roles"),
        "{owner:#?}"
    );

    let name = format!("kommunal_by_{}", std::process::id());
    ask(
        &admin,
        &format!("create role {name} login bypassrls; grant select on all tables in schema public to {name}"),
    )
    .await
    .unwrap();
    let by = server(&as_role(&admin, &name), std::slice::from_ref(&w.root))
        .await
        .unwrap();
    assert!(by.findings.iter().any(|f| f.contains("BYPASSRLS")), "{by:#?}");
    ask(
        &admin,
        &format!("alter role {name} nobypassrls; grant kommunal_owner to {name}"),
    )
    .await
    .unwrap();
    let by = server(&as_role(&admin, &name), std::slice::from_ref(&w.root))
        .await
        .unwrap();
    assert!(
        by.findings.iter().any(|f| f.contains("ist Mitglied einer Rolle")),
        "{by:#?}"
    );
    ask(&admin, &format!("drop owned by {name}; drop role {name}"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_read_through_and_each_fault_is_told() {
    let w = World::sqlite().await;
    submit(&w.town, case(1)).await.unwrap();
    let data = w.folder.join("data");
    let well = files(&data, std::slice::from_ref(&w.root));
    assert_eq!(well.findings, [] as [&str; 0]);
    assert!(
        well.passed.iter().any(|p| p.starts_with("3 Dateien: unversehrt")),
        "{:?}",
        well.passed
    );
    let found = |what: &str, mend: &dyn Fn()| {
        let report = files(&data, std::slice::from_ref(&w.root));
        assert!(
            report.findings.len() == 1 && report.findings[0].contains(what),
            "{what}: {report:#?}"
        );
        mend();
    };
    let mode = |m: u32| std::fs::set_permissions(&data, std::fs::Permissions::from_mode(m)).unwrap();
    mode(0o755);
    found("chmod 700", &|| mode(0o700));
    let copy = format!("vacuum into '{}'", data.join("tenants/fremd.db").display());
    let nobitz = rusqlite::Connection::open(data.join("tenants/nobitz.db")).unwrap();
    nobitz.execute_batch(&copy).unwrap();
    found("gehört zu keinem Amt", &|| {});
    std::fs::write(data.join("tenants/fremd.db"), vec![b'x'; 9000]).unwrap();
    let broken = files(&data, &[]).findings;
    assert!(
        broken
            .iter()
            .any(|f| f.contains("lässt sich nicht als Datenbank lesen")),
        "{broken:?}"
    );
    std::fs::remove_file(data.join("tenants/fremd.db")).unwrap();
    let old = rusqlite::Connection::open(data.join("drafts.db")).unwrap();
    old.execute_batch("update schema_version set version = 99 where version = 2")
        .unwrap();
    found("neuer als das Programm", &|| {
        old.execute_batch("update schema_version set version = 2 where version = 99")
            .unwrap()
    });
    let wrong = RootKey::parse(&"4c".repeat(32)).unwrap();
    assert!(files(&data, std::slice::from_ref(&wrong)).findings[0].contains("Hauptschlüssel"));
    assert!(files(&w.folder.join("nowhere"), &[]).findings[0].contains("keine Daten"));
    assert!(!w.folder.join("nowhere").exists(), "the doctor makes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_file_is_its_owners_alone_and_lies_elsewhere() {
    let w = World::sqlite().await;
    let (data, beside) = (w.folder.join("data"), w.folder.join("data.schluessel"));
    assert!(key(&beside, &data).1.is_empty(), "there is none");
    for path in [&beside, &data.join("key")] {
        std::fs::write(path, "4b".repeat(32)).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(key(&beside, &data).0.findings, [] as [&str; 0]);
    assert!(key(&data.join("key"), &data).0.findings[0].contains("im Ordner der Daten"));
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(key(&beside, &data).0.findings[0].contains("chmod 600"));
}
