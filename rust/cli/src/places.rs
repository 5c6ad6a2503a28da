//! Countries and networks, as this build carries them.

use std::sync::{Arc, LazyLock};

use gasket_core::tables::Places;

/// The committed file, checked when first asked for.
static PLACES: LazyLock<Arc<Places>> = LazyLock::new(|| {
    let file = include_bytes!("../../../data/places.bin");
    Arc::new(Places::parse(&file[..]).expect("the tests of gasket-core read this very file"))
});

/// Where addresses are registered.
pub(crate) fn embedded() -> Arc<Places> {
    Arc::clone(&PLACES)
}
