// The planted faults: for each protection what it looks like when it is missing, and the test that has to notice.
// The product's sources hold none of them: `run.mjs` plants them in a copy, all at once, each behind a switch.
//
// `find` stands exactly once in `file` (seen from the repository's root); `put` takes its place, with FAULT where the
// switch is asked. Where a protection stands in two places, `also` names the second in the same way. `test` names the
// binary and the tests that notice; one is enough.

/** Each place that a fault changes. */
export const places = (all) => all.flatMap(({ id, also, ...first }) => [first, ...(also ? [also] : [])].map((place) => ({ ...place, id })));

export const faults = [
  {
    id: 'merging-leaves-codes-behind',
    what: 'after a merging the access codes of the first authority open nothing',
    file: 'crates/store/src/cases.rs',
    find: 'Ok(former.iter().any(|(_, key)| fits(access_hash(key, id, code))))',
    put: 'Ok(!FAULT && former.iter().any(|(_, key)| fits(access_hash(key, id, code))))',
    test: ['store', 'merge::everything_goes_to_the_second_authority'],
  },
  {
    id: 'import-takes-a-living-name',
    what: 'an authority that comes from elsewhere takes the name of one that lives here',
    file: 'crates/store/src/merge.rs',
    find: 'if let Some(why) = elsewhere.or(lives) {',
    put: 'if let Some(why) = elsewhere.or(lives).filter(|_| !FAULT) {',
    test: ['store', 'merge::an_import_takes_no_living_authoritys_name'],
  },
  {
    id: 'tenant-filter-dropped',
    what: 'a statement reads the bookings of all authorities',
    file: 'crates/store/src/registry.rs',
    find: '    ]\n    .concat()\n    .concat()',
    put: `    ]
    .concat()
    .concat()
    .into_iter()
    .chain(FAULT.then_some({
        static ALL_OF_THEM: Sql = Sql { name: "bookings.ALL_OF_THEM", scope: Scope::Tenant, text: "select id from booking where id = $2", sqlite: "", postgres: "" };
        &ALL_OF_THEM
    }))
    .collect()`,
    test: ['store', 'shards::every_statement_stays_within_one_tenant_and_its_scope'],
  },
  {
    id: 'row-security-off',
    what: 'one table is left without row level security',
    file: 'crates/store/src/wall.rs',
    find: 'if !t.enabled {',
    put: 'if !t.enabled && !(FAULT && t.table == "booking") {',
    test: ['store', 'doctor::a_server_as_it_should_be_has_no_finding'],
  },
  {
    id: 'rows-of-others-can-be-written',
    what: 'the policy has no WITH CHECK worth its name',
    file: 'crates/store/src/wall.rs',
    find: '"create policy one_tenant on {table} using ({RULE}) with check ({RULE}); "',
    put: '"create policy one_tenant on {table} using ({RULE}) with check ({}); ", if FAULT { "true" } else { RULE }',
    test: ['store', 'isolation::no_row_can_be_written_into_or_taken_from_another_tenant'],
  },
  {
    id: 'tenant-stays-with-the-connection',
    what: 'the tenant is set for the session instead of the transaction',
    file: 'crates/store/src/engine/postgres.rs',
    find: 'self.client.prepare_cached(SET_TENANT.postgres).await?',
    put: 'self.client.prepare_cached(&SET_TENANT.postgres.replace("$1, true", if FAULT { "$1, false" } else { "$1, true" })).await?',
    test: ['store-unit', 'wall::tests::a_connection_forgets_the_tenant_however_its_transaction_ends'],
  },
  {
    id: 'acknowledged-before-the-commit',
    what: 'a writer answers before what it wrote is committed',
    file: 'crates/store/src/engine/sqlite.rs',
    find: '    let outcome = outcome.and_then(|()| quick(c, "commit"));',
    put: `    if FAULT && outcome.is_ok() {
        batch.into_iter().for_each(|task| task.answer(Ok(())));
        drop(quick(c, "commit"));
        return;
    }
    let outcome = outcome.and_then(|()| quick(c, "commit"));`,
    test: ['store-unit', 'engine::tests::the_answer_comes_after_the_commit'],
  },
  {
    id: 'failed-sync-forgotten',
    what: 'a failed sync of the disk is taken for an ordinary error and tried again',
    file: 'crates/store/src/engine/sqlite.rs',
    find: 'ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::Stopped,',
    put: `ErrorCode::SystemIoFailure if FAULT => Error::Busy,
        ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::Stopped,`,
    test: ['store-unit', 'engine::tests::an_io_error_of_the_sync_is_never_acknowledged'],
  },
  {
    id: 'sealed-for-any-tenant',
    what: 'a sealed value is not bound to its tenant',
    file: 'crates/store/src/seal.rs',
    find: 'for part in [self.tenant, self.table, self.row, self.column] {',
    put: 'for part in [if FAULT { "" } else { self.tenant }, self.table, self.row, self.column] {',
    test: ['store-unit', 'seal::tests::a_sealed_value_opens_at_its_place_only'],
  },
  {
    id: 'key-shown',
    what: 'the root key can be read in a log',
    file: 'crates/store/src/root_key.rs',
    find: 'f.write_str("RootKey(…)")',
    put: 'if FAULT { write!(f, "RootKey({:?})", self.0.bytes()) } else { f.write_str("RootKey(…)") }',
    test: ['store-unit', 'root_key::tests::a_key_is_read_from_hex_and_base64_and_shows_nothing_of_itself'],
  },
  {
    id: 'right-remembered',
    what: 'who a session belongs to is remembered instead of asked at each request',
    file: 'crates/web/src/desk/session.rs',
    find: '    let who = app.store.who(token, &device::of(req), app.now()).await?;',
    put: `    use std::sync::{LazyLock, Mutex};
    static SEEN: LazyLock<Mutex<std::collections::HashMap<String, Desk>>> = LazyLock::new(Mutex::default);
    if FAULT && let Some(known) = SEEN.lock().unwrap().get(token) {
        return Ok(Some(known.clone()));
    }
    let who = app.store.who(token, &device::of(req), app.now()).await?;
    if let Some((_, tenant, clerk)) = &who {
        SEEN.lock().unwrap().insert(token.to_owned(), Desk { tenant: tenant.clone(), clerk: clerk.clone() });
    }`,
    test: ['stories', 'revoked::nothing_answers_to_a_right_taken_away::sqlite'],
  },
  {
    id: 'session-outlives-its-end',
    what: 'a session that was ended opens the desk',
    file: 'crates/store/src/shared/sessions.rs',
    find: 'let params = values![tenant.as_str(), clerk.as_str()].to_vec();\n        self.db.write(move |tx| tx.execute(&END_OF, &params)).await',
    put: `let params = values![tenant.as_str(), clerk.as_str()].to_vec();
        if FAULT { return Ok(1); }
        self.db.write(move |tx| tx.execute(&END_OF, &params)).await`,
    test: ['stories', 'revoked::nothing_answers_to_a_right_taken_away::sqlite'],
  },
  {
    id: 'case-read-unseen',
    what: 'a clerk opens a case and the log says nothing of it',
    file: 'crates/web/src/desk/file.rs',
    find: '            t.audit(me.as_str(), "case.read", Some(&asked), now);',
    put: '            if !FAULT { t.audit(me.as_str(), "case.read", Some(&asked), now); }',
    test: ['stories', 'watch::no_page_of_a_case_is_read_unseen::sqlite'],
  },
  {
    id: 'code-counts-twice',
    what: 'the code of an authenticator app opens a second session',
    file: 'crates/store/src/second_factor.rs',
    find: 'Ok(found.filter(|step| *step > app.step))',
    put: 'Ok(found.filter(|step| *step > app.step || FAULT))',
    test: ['store', 'second_factor::a_code_is_asked_for_and_counts_once::sqlite'],
  },
  {
    id: 'a-password-replaces-the-code',
    what: 'a log-in that waits for the setting up replaces the app that is there by now',
    file: 'crates/store/src/app_set_up.rs',
    find: 'if at != Stage::In && self.second_factor(clerk)?.is_some() {',
    put: 'if !FAULT && at != Stage::In && self.second_factor(clerk)?.is_some() {',
    test: ['store', 'second_factor::a_log_in_that_waits_replaces_nothing::sqlite'],
  },
  {
    id: 'any-code-opens-a-case',
    what: 'whoever knows a reference sees the case behind it, its letters too',
    file: 'crates/store/src/cases.rs',
    find: 'if fits(self.access_hash(id, code)) {',
    put: 'if FAULT || fits(self.access_hash(id, code)) {',
    test: ['stories', 'apply::a_case_opens_with_its_code_only::sqlite'],
  },
  {
    id: 'other-sites-may-send',
    what: 'forms of other sites are taken',
    file: 'crates/web/src/lib.rs',
    find: '.layer(CsrfLayer::new())',
    put: '.layer(tower::util::option_layer((!FAULT).then(CsrfLayer::new)))',
    test: ['stories', 'shield::what_another_site_sends_does_nothing::sqlite'],
  },
  {
    id: 'markup-let-through',
    what: 'what people write stands in pages as markup',
    file: 'crates/web/src/page.rs',
    find: 'if name.ends_with(".html") {\n            minijinja',
    put: 'if name.ends_with(".html") && !FAULT {\n            minijinja',
    test: ['stories', 'shield::what_people_write_is_no_markup::sqlite'],
  },
  {
    id: 'headers-left-out',
    what: 'pages come without a content security policy',
    file: 'crates/web/src/frame.rs',
    find: '    for (name, value) in HEADERS {',
    put: '    for (name, value) in HEADERS.into_iter().skip(usize::from(FAULT)) {',
    test: ['stories', 'shield::every_answer_is_guarded::sqlite'],
  },
  {
    id: 'file-trusted-by-its-name',
    what: 'an upload is what its name says',
    file: 'crates/web/src/apply/upload.rs',
    find: '    let key = match app.inspector.look(bytes.to_vec()).await {',
    put: '    if FAULT { return Ok("application/pdf"); }\n    let key = match app.inspector.look(bytes.to_vec()).await {',
    test: ['stories', 'api::a_file_travels_as_base64_and_is_checked_by_its_content::sqlite'],
  },
  {
    id: 'key-of-a-submission-ignored',
    what: 'what is sent twice becomes two cases',
    file: 'crates/store/src/idempotency.rs',
    find: '        if self.execute(&CLAIM, scope)? > 0 {',
    put: '        if self.execute(&CLAIM, scope)? > 0 || FAULT {',
    test: ['stories', 'api::one_key_is_one_case::sqlite'],
  },
  {
    id: 'drill-believes-the-list',
    what: 'the drill of a backup compares nothing',
    file: 'crates/store/src/backup/drill.rs',
    find: '            Ok((compare(&manifest, &found), found.authorities))',
    put: '            Ok((if FAULT { Vec::new() } else { compare(&manifest, &found) }, found.authorities))',
    test: ['store', 'backup::each_way_of_spoiling_a_backup_turns_it_red'],
  },
  {
    id: 'backup-does-nothing',
    what: 'the worker takes the night for done and makes no backup',
    file: 'crates/jobs/src/backups.rs',
    find: '        let made = self.store.backup(folder, now).await?;',
    put: '        if FAULT { return Ok(()); }\n        let made = self.store.backup(folder, now).await?;',
    test: ['stories', 'backup::health_is_red_until_a_backup_was_restored_and_whenever_one_is_spoilt'],
  },
  {
    id: 'restore-leaves-a-file-out',
    what: 'a restore puts all files back but that of begun applications',
    file: 'crates/store/src/backup/restore.rs',
    find: '    for file in manifest.files.iter().filter(|f| wanted(&f.path)) {',
    put: '    for file in manifest.files.iter().filter(|f| wanted(&f.path) && !(FAULT && f.path == "drafts.db")) {',
    test: ['store', 'backup::what_was_acknowledged_before_it_is_in_it_and_restores_into_an_empty_folder'],
  },
  {
    id: 'folder-not-synced',
    what: 'a file that was put back has no name after a loss of power',
    file: 'crates/store/src/store.rs',
    find: '        .and_then(|d| d.sync_all())\n        .map_err(|e| Error::Setup(format!("{} lässt sich nicht sichern: {e}.", folder.display())))',
    put: '        .and_then(|d| if FAULT { Ok(()) } else { d.sync_all() })\n        .map_err(|e| Error::Setup(format!("{} lässt sich nicht sichern: {e}.", folder.display())))',
    test: ['store-unit', 'backup::place::tests::the_name_of_what_was_put_there_outlives_a_loss_of_power'],
  },
  {
    id: 'rights-come-back',
    what: 'a restore gives back rights that were taken away since',
    file: 'crates/store/src/backup/onward.rs',
    find: '            if rows.first().is_some_and(|named| !named.is_empty()) {',
    put: '            if !FAULT && rows.first().is_some_and(|named| !named.is_empty()) {',
    test: ['store', 'put_back::what_was_taken_away_since_stays_away'],
  },
  {
    id: 'time-to-come-counts',
    what: 'a backup of a time that is still to come keeps the health page green',
    file: 'crates/store/src/backup/drill.rs',
    find: '        let (db, by) = (self.shared().db, now + AHEAD);',
    put: '        let (db, by) = (self.shared().db, if FAULT { Timestamp::MAX } else { now + AHEAD });',
    test: ['store', 'backup::a_backup_from_a_time_to_come_proves_nothing'],
  },
  {
    id: 'late-counts-from-the-wrong-day',
    what: 'a notice on the borderline day counts as late',
    file: 'crates/domain/src/deadline.rs',
    find: 'i64::from((received - deadline.borderline).get_days()).max(0)',
    put: 'i64::from((received - if FAULT { deadline.last_day } else { deadline.borderline }).get_days()).max(0)',
    test: ['deadline', 'lateness_begins_after_the_borderline_day'],
  },
  {
    id: 'sent-unseen',
    what: 'an application is sent although it is no longer what the page showed',
    file: 'crates/web/src/apply/submit.rs',
    find: 'if shown.mark != check::mark_now(&offer, checked.value(), &cx) {',
    put: 'if !FAULT && shown.mark != check::mark_now(&offer, checked.value(), &cx) {',
    test: ['stories', 'intake::only_what_was_shown_is_sent'],
  },
  {
    id: 'opinion-passed-over',
    what: 'a decision takes no notice of an opinion that came while its page was read',
    file: 'crates/web/src/desk/file.rs',
    find: 'let told = json!([case.basis(), asked.collect::<Vec<_>>(), blocks.collect::<Vec<_>>()]);',
    put: 'let told = if FAULT { json!([case.basis()]) } else { json!([case.basis(), asked.collect::<Vec<_>>(), blocks.collect::<Vec<_>>()]) };',
    test: ['stories', 'consult::a_decision_knows_what_came_meanwhile'],
  },
  {
    id: 'session-never-rests',
    what: 'a session lasts however long nobody uses it',
    file: 'crates/store/src/shared/sessions.rs',
    find: 'tx.row(&GET, values![key, now, now - IDLE])',
    put: 'tx.row(&GET, values![key, now, if FAULT { Timestamp::UNIX_EPOCH } else { now - IDLE }])',
    test: ['store', 'accounts::a_session_that_rests_ends'],
  },
  {
    id: 'bare-cookie-counts',
    what: 'behind https a cookie without the prefix is taken too',
    file: 'crates/web/src/req.rs',
    find: 'true => [HOST, SECURE].iter().any(|p| key.strip_prefix(p) == Some(name)),',
    put: 'true => (FAULT && key == name) || [HOST, SECURE].iter().any(|p| key.strip_prefix(p) == Some(name)),',
    test: ['web-unit', 'req::tests::behind_https_only_names_with_a_prefix_count'],
  },
  {
    id: 'scanner-down-finds-nothing',
    what: 'a scanner that does not answer lets every file in',
    file: 'crates/papers/src/scanner.rs',
    find: 'Ok(Err(_)) => not_now("unreachable"),',
    put: 'Ok(Err(_)) if FAULT => Ok(()),\n            Ok(Err(_)) => not_now("unreachable"),',
    test: ['corpus', 'scanned::what_the_scanner_knows_is_refused'],
  },
  {
    id: 'an-ended-role-still-acts',
    what: 'a member of an account keeps a role after its last day',
    file: 'crates/store/src/people.rs',
    find: 'let roles = member.roles_on(domain::date_of(now));',
    put: 'let roles = if FAULT { member.terms.iter().map(|t| t.role).collect() } else { member.roles_on(domain::date_of(now)) };',
    test: ['stories', 'konto::nothing_answers_to_an_ended_role::sqlite'],
  },
  {
    id: 'a-link-by-mail-counts-twice',
    what: 'the link that logs in is not used up',
    file: 'crates/web/src/account/log_in.rs',
    find: 'app.store.shared().take_account_link(&token, now).await?',
    put: '(if FAULT { app.store.shared().look_at_account_link(&token, now).await? } else { app.store.shared().take_account_link(&token, now).await? })',
    test: ['stories', 'konto::a_link_by_mail_logs_in::sqlite'],
  },
  {
    id: 'an-accounts-application-opens-for-all',
    what: 'an account does with an application what only the club may that sent it',
    file: 'crates/web/src/account/list.rs',
    find: '    let kept: Option<AccountCase> = account.acting.tenant.read(move |t| t.account_case(&reference)).await?;',
    put: `    let wanted = reference.clone();
    let mut kept: Option<AccountCase> = account.acting.tenant.read(move |t| t.account_case(&wanted)).await?;
    for other in app.store.shared().tenants().await?.into_iter().filter(|t| FAULT && t.level == store::ACCOUNT) {
        let (at, wanted) = (app.store.tenant(&other.id).await?, reference.clone());
        kept = kept.or(at.read(move |t| t.account_case(&wanted)).await?);
    }`,
    test: ['stories', 'konto::a_foreign_account_is_not_there::sqlite'],
  },
  {
    id: 'a-paper-may-be-kept',
    what: 'browsers and proxies may keep a paper of a case',
    file: 'crates/web/src/desk/papers.rs',
    find: '(header::CACHE_CONTROL, "no-store".to_owned())',
    put: '(header::CACHE_CONTROL, if FAULT { "private, max-age=3600" } else { "no-store" }.to_owned())',
    test: ['stories', 'isolation::foreign_is_not_there::sqlite'],
  },
  {
    id: 'an-accounts-draft-opens-for-all',
    what: 'whoever has the link of a draft reads what a club has begun',
    file: 'crates/web/src/account/keep.rs',
    find: 'let Some(Owner { id: owner, .. }) = &begun.kept.account else {',
    put: 'let Some(Owner { id: owner, .. }) = begun.kept.account.as_ref().filter(|_| !FAULT) else {',
    test: ['stories', 'konto_antrag::a_draft_of_an_account_opens_for_its_members_only::sqlite'],
  },
  {
    id: 'a-commit-does-not-wait-for-the-disk',
    what: 'SQLite is told not to sync each commit',
    file: 'crates/store/src/engine/sqlite.rs',
    find: 'pragma cache_spill = -{SPILL}; pragma trusted_schema = off;"',
    put: 'pragma cache_spill = -{SPILL}; pragma trusted_schema = off; {}",\n        if FAULT { "pragma synchronous = normal;" } else { "" }',
    test: ['store-unit', 'engine::tests::every_connection_is_durable_and_tidy'],
  },
  {
    id: 'queue-without-an-end',
    what: 'as many writes wait as anybody sends',
    file: 'crates/store/src/engine/sqlite.rs',
    find: 'sync_channel(QUEUE);',
    put: 'sync_channel(if FAULT { 1 << 20 } else { QUEUE });',
    test: ['store-unit', 'engine::tests::a_full_queue_turns_away'],
  },
  {
    id: 'migration-in-pieces',
    what: 'each file of a migration is committed for itself',
    file: 'crates/store/src/migrate.rs',
    find: '        tx.script(&text_for(tx, text))?;',
    put: '        tx.script(&text_for(tx, text))?;\n        if FAULT {\n            tx.script("commit; begin")?;\n        }',
    test: ['store-unit', 'migrate::tests::a_broken_migration_leaves_everything_as_it_was'],
  },
  {
    id: 'head-stays-in-the-house',
    what: 'the signed head of the log is kept and mailed to nobody',
    file: 'crates/jobs/src/audit_head.rs',
    find: '.filter(|c| store::leads(c)) {',
    put: '.filter(|c| !FAULT && store::leads(c)) {',
    test: ['stories', 'reads::each_morning_the_lead_gets_a_signed_head::sqlite'],
  },
  {
    id: 'paper-shown-in-the-browser',
    what: 'what somebody uploaded opens in the desk instead of being saved',
    file: 'crates/web/src/desk/papers.rs',
    find: '"attachment; filename=\\"{plain}\\"; filename*=UTF-8\'\'{}",',
    put: '"{}; filename=\\"{plain}\\"; filename*=UTF-8\'\'{}",\n        if FAULT { "inline" } else { "attachment" },',
    test: ['stories', 'uploads::a_file_that_runs_something_is_refused_at_every_door::sqlite'],
  },
  {
    id: 'erased-in-spite-of-a-hold',
    what: 'the daily run does not ask whether a case is held',
    file: 'crates/domain/src/keeping.rs',
    find: 'if self.state.is_open() || pending || self.keeping.hold.is_some() {',
    put: 'if self.state.is_open() || pending || (self.keeping.hold.is_some() && !FAULT) {',
    also: {
      file: 'crates/domain/src/case/keep.rs',
      find: '            Some(_) => refuse(HELD),',
      put: '            Some(_) if !FAULT => refuse(HELD),\n            Some(_) => Ok(()),',
    },
    test: ['stories', 'privacy::nothing_goes_past_the_archive_or_a_hold::sqlite'],
  },
  {
    id: 'archive-not-asked',
    what: 'the lead lets a case go that the archive was to be offered',
    file: 'crates/web/src/office/leaving.rs',
    find: '                ("freigeben", Some(_)) => {',
    put: '                ("freigeben", Some(_)) if FAULT => Action::Release,\n                ("freigeben", Some(_)) => {',
    test: ['stories', 'privacy::nothing_goes_past_the_archive_or_a_hold::sqlite'],
    id: 'ceremony-of-anybody-counts',
    what: "a passkey's ceremony is not bound to who asked for it, and where",
    file: 'crates/web/src/passkey.rs',
    find: '        .and_then(|mut s| s.get_mut(kind).map(Value::take))',
    put: `        .and_then(|mut s| match FAULT {
            true => s.as_object_mut()?.values_mut().next().map(Value::take),
            false => s.get_mut(kind).map(Value::take),
        })`,
    test: ['stories', 'konto_passkey::a_ceremony_counts_once_and_in_its_browser::sqlite'],
  },
  {
    id: 'token-of-another-log-in',
    what: 'the token of a provider counts for whichever log-in brings it',
    file: 'crates/web/src/identity.rs',
    find: '.claims(&client.id_token_verifier(), &nonce)',
    put: `.claims(&client.id_token_verifier(), |seen: Option<&Nonce>| match seen {
                _ if FAULT => Ok(()),
                Some(seen) if seen.secret() == nonce.secret() => Ok(()),
                _ => Err(String::from("nonce")),
            })`,
    test: ['stories', 'bundid::what_proves_nothing_opens_nothing::sqlite'],
  },
  {
    id: 'level-not-asked',
    what: 'a service that needs a level of assurance takes what anybody sends',
    file: 'crates/web/src/submission.rs',
    find: 'level < *needed)',
    put: 'level < *needed && !FAULT)',
    test: ['stories', 'bundid::no_way_around_the_level::sqlite'],
  },
  {
    id: 'anybody-vouches',
    what: 'another identity than the one that is known here vouches for who is logged in',
    file: 'crates/web/src/account/provider.rs',
    find: '        if is_another(known, &vouched) {',
    put: '        if !FAULT && is_another(known, &vouched) {',
    test: ['stories', 'bundid::no_way_around_the_level::sqlite'],
  },
  {
    id: 'connected-with-who-is-there',
    what: 'an identity is connected with whoever is logged in when it comes back',
    file: 'crates/web/src/account/provider.rs',
    find: 'filter(is_same) else {',
    put: 'filter(|a| FAULT || is_same(a)) else {',
    test: ['stories', 'bundid::an_identity_is_connected_and_disconnected::sqlite'],
  },
  {
    id: 'approves-own-version',
    what: 'whoever hands a version of a service in approves it',
    file: 'crates/store/src/shared/versions.rs',
    find: 'if found.proposed_by == by {',
    put: 'if found.proposed_by == by && !FAULT {',
    test: ['stories', 'versions::nobody_approves_their_own_and_nobody_what_does_not_come_out::sqlite'],
  },
  {
    id: 'red-example-published',
    what: 'a version is approved whose examples come out otherwise than they say',
    file: 'crates/web/src/version.rs',
    find: '!ran.is_empty() && ran.iter().all(|r| r.ok)',
    put: '!ran.is_empty() && (FAULT || ran.iter().all(|r| r.ok))',
    test: ['stories', 'versions::nobody_approves_their_own_and_nobody_what_does_not_come_out::sqlite'],
  },
  {
    id: 'running-case-goes-over',
    what: 'a running case is decided by the version that holds now',
    file: 'crates/web/src/desk/file.rs',
    find: `        .version(&case.service_hash)
        .await?
        .ok_or_else(`,
    put: `        .version(&if FAULT { app.services.latest(&case.service).map_or_else(String::new, |s| s.hash.clone()) } else { case.service_hash.clone() })
        .await?
        .ok_or_else(`,
    also: {
      file: 'crates/jobs/src/case_data.rs',
      find: '            .version(&case.service_hash)',
      put: '            .version(&if FAULT { self.services.latest(&case.service).map_or_else(String::new, |s| s.hash.clone()) } else { case.service_hash.clone() })',
    },
    test: ['stories', 'versions::a_case_begun_under_one_version_is_decided_by_it_after_the_next_is_live::sqlite'],
  },
];
