//! The files that are shipped with the program: services, fields, regions, words, templates, styles,
//! migrations. A release carries them inside; a debug build reads them from the checkout, so that a
//! changed text needs no build.

use rust_embed::RustEmbed;
use schema::FileMap;

macro_rules! folder {
    ($name:ident, $path:literal) => {
        #[derive(RustEmbed)]
        #[folder = $path]
        #[allow_missing = true]
        struct $name;
    };
}

folder!(Services, "../../services/");
folder!(Fields, "../../fields/");
folder!(Regions, "../../regions/");
folder!(Bundles, "../../bundles/");
folder!(Words, "../../texts/");
folder!(Templates, "../../templates/");
folder!(Assets, "../../assets/");
folder!(Migrations, "../../migrations/");

/// The shipped files and the services read from them: once at start, for all that need them.
pub struct Shipped {
    pub files: FileMap,
    pub loaded: schema::Loaded,
}

impl Shipped {
    /// Reads all files and checks the services.
    pub fn read() -> Shipped {
        let files = files();
        let loaded = schema::load(&files);
        Shipped { files, loaded }
    }
}

/// Every shipped file by its path from the repository root (`services/x/form.toml`).
pub fn files() -> FileMap {
    let mut files = FileMap::new();
    add::<Services>(&mut files, "services");
    add::<Fields>(&mut files, "fields");
    add::<Regions>(&mut files, "regions");
    add::<Bundles>(&mut files, "bundles");
    add::<Words>(&mut files, "texts");
    add::<Templates>(&mut files, "templates");
    add::<Assets>(&mut files, "assets");
    add::<Migrations>(&mut files, "migrations");
    #[cfg(debug_assertions)]
    lay_over(&mut files);
    files
}

/// For stories about a service that is not shipped: files of the folder `KOMMUNAL_TEST_FILES` take the place of ours. A
/// release knows nothing of this.
#[cfg(debug_assertions)]
fn lay_over(files: &mut FileMap) {
    let Some(folder) = std::env::var_os("KOMMUNAL_TEST_FILES") else {
        return;
    };
    for (name, bytes) in files.iter_mut() {
        if let Ok(other) = std::fs::read(std::path::Path::new(&folder).join(name)) {
            *bytes = other;
        }
    }
}

/// Only the regions: what the register and the calendar need.
pub fn regions() -> FileMap {
    let mut files = FileMap::new();
    add::<Regions>(&mut files, "regions");
    files
}

fn add<E: RustEmbed>(files: &mut FileMap, folder: &str) {
    for name in E::iter() {
        // Hidden files are an editor's, not the product's.
        if name.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        if let Some(file) = E::get(&name) {
            files.insert(format!("{folder}/{name}"), file.data.into_owned());
        }
    }
}
