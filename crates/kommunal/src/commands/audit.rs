//! `kommunal audit verify`: is the log of who did what whole, in each authority?

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use domain::{AuditHead, SignedHead, TenantId};
use store::{AuditBreak, AuditRestore, Authority, FormerBreak, MergedAuthority, Store, TenantStore};

use super::data::{Data, open_existing};

/// Protokoll
#[derive(clap::Subcommand)]
pub enum Command {
    /// Prüft, ob das Protokoll jedes Amts vollständig und unverändert ist
    Verify(Verify),
}

impl Command {
    pub fn run(self) -> Result<()> {
        match self {
            Command::Verify(verify) => {
                let config = verify.data.config()?;
                super::serve::runtime()?.block_on(async move { verify.run(&open_existing(&config).await?).await })
            }
        }
    }
}

/// Prüft, ob das Protokoll jedes Amts vollständig und unverändert ist
#[derive(clap::Args)]
pub struct Verify {
    #[command(flatten)]
    data: Data,
    /// Nur dieses Amt, zum Beispiel nobitz
    #[arg(long, value_name = "KENNUNG")]
    authority: Option<String>,
    /// Prüfwert, den Sie aufgehoben haben: Datei mit der Mail, oder PRÜFWERT:ZEILEN
    #[arg(long, value_name = "DATEI|PRÜFWERT:ZEILEN")]
    head: Option<String>,
}

/// A head that somebody kept.
enum Kept {
    Signed(Box<SignedHead>),
    Bare(AuditHead),
}

impl Kept {
    fn read(text: &str) -> Result<Kept> {
        if let Some(head) = AuditHead::parse(text) {
            return Ok(Kept::Bare(head));
        }
        let file = std::fs::read_to_string(Path::new(text)).with_context(|| {
            format!("„{text}“ ist weder eine lesbare Datei noch ein Prüfwert. Beispiel: --head 3f…9a:1234, mit 64 Hexziffern vor dem Doppelpunkt")
        })?;
        if let Some(head) = AuditHead::parse(&file) {
            return Ok(Kept::Bare(head));
        }
        let signed = SignedHead::parse(&file).with_context(|| {
            format!("In {text} steht kein Prüfwert. Gesucht sind die Zeilen Amt, Tag, Zeilen, Prüfwert und Unterschrift aus der Mail.")
        })?;
        Ok(Kept::Signed(Box::new(signed)))
    }

    fn head(&self) -> AuditHead {
        match self {
            Kept::Signed(signed) => signed.head,
            Kept::Bare(head) => *head,
        }
    }

    /// Of which it was kept, if it says so.
    fn day(&self) -> Option<jiff::civil::Date> {
        match self {
            Kept::Signed(signed) => Some(signed.day),
            Kept::Bare(_) => None,
        }
    }
}

impl Verify {
    async fn run(&self, store: &Store) -> Result<()> {
        let kept = self.head.as_deref().map(Kept::read).transpose()?;
        let mut authorities = store.shared().tenants().await?;
        let named = match &kept {
            Some(Kept::Signed(signed)) => Some(signed.authority.clone()),
            _ => None,
        };
        if let (Some(one), Some(other)) = (&named, &self.authority)
            && one != other
        {
            bail!("Der Prüfwert ist vom Amt „{one}“, nicht von „{other}“.");
        }
        if let Some(id) = self.authority.as_ref().or(named.as_ref()) {
            let id = TenantId(id.clone());
            if store.successor(&id).is_some() {
                let line = verify_merged(store, &id, kept.as_ref()).await?;
                return super::print_bytes(format!("in Ordnung   {line}\n").as_bytes());
            }
            let id = &id.0;
            authorities.retain(|a| a.id.as_str() == id);
            if authorities.is_empty() {
                bail!("Ein Amt „{id}“ gibt es hier nicht.");
            }
        }
        if authorities.len() > 1 && kept.is_some() {
            bail!("Zu einem Prüfwert gehört ein Amt. Nennen Sie es mit --authority.");
        }
        let mut bad = Vec::new();
        for authority in &authorities {
            match verify(store, authority, kept.as_ref()).await {
                Ok(line) => super::print_bytes(format!("in Ordnung   {line}\n").as_bytes())?,
                Err(error) => bad.push(format!("{} ({}): {error:#}", authority.name, authority.id)),
            }
        }
        if !bad.is_empty() {
            bail!(bad.join("\n"));
        }
        Ok(())
    }
}

/// Those that were merged into this one, if what is kept of each is what came. `named`: of whom the installation knows.
async fn whole_former(tenant: &TenantStore, named: Vec<TenantId>) -> Result<Vec<MergedAuthority>> {
    let kept = tenant.read(move |t| t.check_former(&named)).await?;
    kept.map_err(|fault| {
        anyhow!(match fault {
            FormerBreak::Gone(id) => format!("Früher „{id}“: Von diesem Amt liegt hier nichts mehr. {COMPARE}"),
            FormerBreak::Unsaid(id) => format!(
                "Früher „{id}“: Das Protokoll endet anders, als es bei der Zusammenlegung vermerkt wurde. {COMPARE}"
            ),
            FormerBreak::Log(id, fault) => format!("Früher „{id}“: {}", sentence(fault)),
        })
    })
}

/// The logs of those that were merged into this one.
async fn verify_former(tenant: &TenantStore, named: Vec<TenantId>) -> Result<String> {
    let mut lines = String::new();
    for was in whole_former(tenant, named).await? {
        lines += &format!(
            "; früher {} ({}): {} Zeilen bis {}",
            was.name, was.id, was.head.n, was.head
        );
    }
    Ok(lines)
}

/// The log of one that is no more, also against a head that somebody kept from its time.
async fn verify_merged(store: &Store, id: &TenantId, kept: Option<&Kept>) -> Result<String> {
    let tenant = store.tenant(id).await?;
    // This one's own log says where the other ended.
    if let Err(fault) = tenant.read(|t| t.check_audit(&[])).await? {
        bail!("{}: {}", tenant.authority().name, sentence(fault));
    }
    let merged = whole_former(&tenant, vec![id.clone()]).await?;
    let was = merged.into_iter().find(|m| m.id == *id);
    let was = was.with_context(|| format!("Von „{id}“ liegt hier kein Protokoll."))?;
    if let Some(Kept::Signed(signed)) = kept {
        check_signature(&was.public_key, signed)?;
    }
    let (of, known) = (was.clone(), kept.map(Kept::head).into_iter().collect::<Vec<_>>());
    if let Err(fault) = tenant.read(move |t| t.check_merged(&of, &known)).await? {
        bail!("Früher {} ({id}): {}", was.name, sentence(fault));
    }
    Ok(format!(
        "früher {} ({id}), jetzt {}: {} Zeilen. Stand am Ende: {}",
        was.name,
        tenant.authority().name,
        was.head.n,
        was.head
    ))
}

async fn verify(store: &Store, authority: &Authority, kept: Option<&Kept>) -> Result<String> {
    let tenant = store.tenant(&authority.id).await?;
    if let Some(Kept::Signed(signed)) = kept {
        check_signature(&tenant.public_key()?, signed)?;
    }
    let known: Vec<AuditHead> = kept.map(Kept::head).into_iter().collect();
    let whole = match tenant.read(move |t| t.check_audit(&known)).await? {
        Ok(head) => head,
        Err(fault) => match put_back(&tenant, kept).await? {
            Some(sentence) => bail!(sentence),
            None => bail!(sentence(fault)),
        },
    };
    let restored = tenant.read(|t| t.restores()).await?;
    let restored = restored.last().map_or_else(String::new, |r| {
        format!(", zurückgespielt am {} (Zeile {})", moment(r), r.row)
    });
    let days = tenant.read(|t| t.signed_heads(i32::MAX as u32)).await?.len();
    let against = match (kept, days) {
        (Some(kept), _) => format!("auch gegen Ihren Prüfwert nach Zeile {}", kept.head().n),
        (None, 0) => "noch ohne Tageswert".to_owned(),
        (None, 1) => "1 Tageswert passt".to_owned(),
        (None, n) => format!("{n} Tageswerte passen"),
    };
    let rows = if whole.n == 1 { "Zeile" } else { "Zeilen" };
    Ok(format!(
        "{} ({}): {} {rows}, {against}{restored}. Stand jetzt: {whole}{}",
        authority.name,
        authority.id,
        whole.n,
        verify_former(&tenant, store.predecessors(&authority.id)).await?
    ))
}

fn moment(restore: &AuditRestore) -> String {
    domain::berlin(restore.at).strftime("%d.%m.%Y, %H:%M Uhr").to_string()
}

/// A head of the log that lay here before an older state was put back: that is no cut.
async fn put_back(tenant: &TenantStore, kept: Option<&Kept>) -> Result<Option<String>> {
    let Some(kept) = kept else { return Ok(None) };
    let read = |t: &store::TenantTx<'_>| Ok::<_, store::Error>((t.check_audit(&[])?.is_ok(), t.restores()?));
    let (whole, restores) = tenant.read(read).await?;
    let of = restores.iter().find(|r| r.explains(&kept.head(), kept.day()));
    Ok(of.filter(|_| whole).map(|r| {
        format!(
            "Ihr Prüfwert nach Zeile {} gehört zu einem Protokoll, das hier nicht mehr liegt: Am {} wurde ein älterer Stand zurückgespielt (Zeile {}). Was hier liegt, ist vollständig. Das frühere Protokoll ist bei dem Stand, der damals beiseite gelegt wurde (vorher-…).",
            kept.head().n,
            moment(r),
            r.row
        )
    }))
}

fn check_signature(key: &[u8; store::sign::PUBLIC_KEY_LEN], signed: &SignedHead) -> Result<()> {
    if !store::sign::verify(key, signed.statement().as_bytes(), &signed.signature) {
        bail!("Die Unterschrift unter Ihrem Prüfwert ist nicht die dieses Amts. Ist die Mail vollständig?");
    }
    Ok(())
}

/// What to do.
const COMPARE: &str = "Sichern Sie den Stand und vergleichen Sie ihn mit der letzten Sicherung.";

/// What is wrong, and what to do.
fn sentence(fault: AuditBreak) -> String {
    let what = match fault {
        AuditBreak::Row(n) => {
            format!("Das Protokoll stimmt ab Zeile {n} nicht mehr: Dort wurde etwas geändert, eingefügt oder entfernt")
        }
        AuditBreak::Cut { from, until } if from == until => format!("Zeile {from} des Protokolls fehlt"),
        AuditBreak::Cut { from, until } => format!("Die Zeilen {from} bis {until} des Protokolls fehlen"),
        AuditBreak::Rewritten { after, known } => format!(
            "Das Protokoll wurde neu geschrieben: Zwischen Zeile {} und {known} steht anderes als früher",
            after + 1
        ),
        AuditBreak::Signature(day) => format!(
            "Der Tageswert vom {} trägt nicht die Unterschrift des Amts",
            day.strftime("%d.%m.%Y")
        ),
    };
    format!("{what}. {COMPARE}")
}
