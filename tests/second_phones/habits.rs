//! What a phone's user is like, and how the phone is set up.

use super::draw::Draw;

/// How often a phone starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Boots {
    /// None to three times a month: most phones.
    Rare,
    /// Each few days, by a weekly or so automatic restart or by hand.
    Sometimes,
    /// It restarts itself each night.
    Nightly,
    /// The user switches it off for the night.
    OffAtNight,
    /// Switched off and on by day, too, once or more.
    Often,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Airplane {
    Never,
    /// So often a month.
    Sometimes(f64),
    Nightly,
}

#[derive(Debug, Clone)]
pub(crate) struct Habits {
    /// Hours after midnight.
    pub(crate) bed: f64,
    pub(crate) wake: f64,
    /// A day.
    pub(crate) unlocks: f64,
    /// How often the screen comes on without being unlocked, for each unlock.
    pub(crate) glances: f64,
    pub(crate) boots: Boots,
    /// SIM switches a month.
    pub(crate) sim_switches: f64,
    /// Whether the platform tells the SIM's state after each boot.
    pub(crate) sim_told_at_boot: bool,
    pub(crate) airplane: Airplane,
    pub(crate) home_wifi: bool,
    pub(crate) work_wifi: bool,
    /// How often a day the Wi-Fi is lost for a moment.
    pub(crate) flaps: f64,
    /// How often a day out there is no mobile service.
    pub(crate) outages: f64,
    /// Excursions on a day without work.
    pub(crate) excursions: f64,
    pub(crate) works: bool,
    /// Whether the phone is plugged in at night.
    pub(crate) night_charging: f64,
    pub(crate) day_charging: f64,
    /// Without one, apps hear of the boot at once and not first when the phone is unlocked.
    pub(crate) secure_lock: bool,
    pub(crate) encrypted_dns: bool,
    pub(crate) ipv6: bool,
    /// Whether its TLS hellos hold a post-quantum key share.
    pub(crate) large_hello: bool,
    pub(crate) traveller: bool,
    /// How often a month Gasket is stopped for hours, and how often its engine restarts.
    pub(crate) stops: f64,
    pub(crate) restarts: f64,
    /// Whether store updates are installed by day, too.
    pub(crate) day_updates: f64,
}

impl Habits {
    pub(crate) fn draw(seed: u64) -> Self {
        let draw = &mut Draw::of(seed, "habits", 0);
        let boots = [
            Boots::Rare,
            Boots::Sometimes,
            Boots::Nightly,
            Boots::OffAtNight,
            Boots::Often,
        ][draw.weighted(&[0.50, 0.12, 0.15, 0.13, 0.10])];
        Self {
            bed: 23.2 + 0.9 * draw.normal().clamp(-2.0, 2.0),
            wake: 6.9 + 0.8 * draw.normal().clamp(-2.0, 2.0),
            // Means of published studies lie between 76 (dscout 2016), 85 (Andrews and others 2015)
            // and 110 (Locket 2014); these counted glances, too.
            unlocks: draw.lognormal(58.0, 0.4).clamp(30.0, 110.0),
            glances: draw.between(0.2, 0.7),
            boots,
            sim_switches: if draw.chance(0.2) {
                draw.between(8.0, 40.0)
            } else {
                draw.between(0.0, 2.0)
            },
            sim_told_at_boot: draw.chance(0.6),
            airplane: match draw.weighted(&[0.67, 0.25, 0.08]) {
                0 => Airplane::Never,
                1 => Airplane::Sometimes(draw.between(2.0, 8.0)),
                _ => Airplane::Nightly,
            },
            home_wifi: draw.chance(0.87),
            work_wifi: draw.chance(0.5),
            flaps: if draw.chance(0.3) {
                draw.between(3.0, 14.0)
            } else {
                draw.between(0.0, 1.5)
            },
            outages: draw.between(0.0, 4.0),
            excursions: draw.between(0.5, 3.0),
            works: draw.chance(0.75),
            night_charging: draw.between(0.5, 0.97),
            day_charging: draw.between(0.1, 1.5),
            secure_lock: draw.chance(0.85),
            encrypted_dns: draw.chance(0.18),
            ipv6: draw.chance(0.45),
            large_hello: draw.chance(0.6),
            traveller: draw.chance(0.05),
            stops: if draw.chance(0.3) {
                draw.between(2.0, 6.0)
            } else {
                draw.between(0.0, 0.8)
            },
            restarts: draw.between(0.0, 5.0),
            day_updates: draw.between(0.05, 0.5),
        }
    }
}
