//! Every screen of the app as pictures, side by side on one page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::error::Result;
use super::files;
use super::unit_test::{self, Tally, Which};

/// Draws the screens in the looks whose name contains `filter`, and makes the page even if a check failed.
pub(super) fn run(products: &Path, filter: &str) -> Result<Tally> {
    let folder = products.join("screens");
    files::empty_folder(&folder)?;
    let tally = unit_test::run(products, Which::Screens(filter))?;
    let pictures = Pictures::find(&folder)?;
    let page = folder.join("index.html");
    files::write(&page, pictures.page())?;
    println!("{} pictures: {}", pictures.count(), page.display());
    Ok(tally)
}

/// By screen and state (`home/on`), the looks (`phone-dark-font1.0-ltr`) it was drawn in.
#[derive(Debug, Default)]
struct Pictures(BTreeMap<String, BTreeSet<String>>);

impl Pictures {
    fn find(folder: &Path) -> Result<Self> {
        let mut found = Self::default();
        for file in files::with_extension(folder, "png")? {
            let relative = file
                .strip_prefix(folder)
                .unwrap_or(&file)
                .with_extension("");
            if let (Some(state), Some(look)) = (relative.parent(), relative.file_name()) {
                let looks = found.0.entry(state.display().to_string()).or_default();
                looks.insert(look.to_string_lossy().into_owned());
            }
        }
        Ok(found)
    }

    fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Needs no network and no other file than the pictures.
    fn page(&self) -> String {
        let settings: BTreeSet<&str> = self
            .0
            .values()
            .flatten()
            .flat_map(|look| look.split('-'))
            .collect();
        let mut page = String::from(HEAD);
        for setting in settings {
            let _ = writeln!(
                page,
                "<label><input type=checkbox checked value=\"{setting}\"> {setting}</label>"
            );
        }
        page.push_str("</nav>\n");
        for (state, looks) in &self.0 {
            let _ = write!(page, "<h2 id=\"{state}\">{state}</h2>\n<div>\n");
            for look in looks {
                let _ = writeln!(
                    page,
                    "<a href=\"{state}/{look}.png\" data-look=\"{look}\"><img loading=lazy src=\"{state}/{look}.png\" alt=\"{state}, {look}\"><br>{look}</a>"
                );
            }
            page.push_str("</div>\n");
        }
        page.push_str(FOOT);
        page
    }
}

const HEAD: &str = "<!doctype html>
<html lang=en>
<meta charset=utf-8>
<title>Gasket's screens</title>
<style>
body { font: 14px sans-serif; margin: 1em; background: #ccc }
nav { position: sticky; top: 0; padding: .5em; background: #ccc }
nav label { margin-right: 1em }
div { display: flex; flex-wrap: wrap; gap: 12px }
a { color: #222; font-size: 11px; text-decoration: none }
img { height: 420px; border: 1px solid #888 }
</style>
<nav>
";

/// A picture is shown while every part of its look is ticked.
const FOOT: &str = "<script>
const boxes = [...document.querySelectorAll('nav input')];
const show = () => {
  const off = boxes.filter(box => !box.checked).map(box => box.value);
  for (const a of document.querySelectorAll('a')) a.hidden = a.dataset.look.split('-').some(part => off.includes(part));
};
boxes.forEach(box => box.onchange = show);
</script>
</html>
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_each_picture_and_offers_each_setting() {
        let looks = ["phone-dark-font1.0-ltr", "phone-light-font2.0-rtl"];
        let pictures = Pictures(BTreeMap::from([(
            "home/on".to_owned(),
            looks.map(str::to_owned).into(),
        )]));
        let page = pictures.page();
        for look in looks {
            assert!(
                page.contains(&format!("src=\"home/on/{look}.png\"")),
                "{page}"
            );
        }
        for setting in ["phone", "dark", "light", "font1.0", "font2.0", "ltr", "rtl"] {
            let offers = page.matches(&format!("value=\"{setting}\"")).count();
            assert_eq!(offers, 1, "{setting}");
        }
        assert_eq!(pictures.count(), 2);
    }

    #[test]
    fn pictures_are_found_by_where_they_lie() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("gasket-screens-{}", std::process::id()));
        files::write(&folder.join("home/on/phone-dark-font1.0-ltr.png"), "")?;
        let found = Pictures::find(&folder)?;
        std::fs::remove_dir_all(&folder)
            .map_err(super::super::error::Error::io("remove", &folder))?;
        let (state, looks) = found.0.first_key_value().expect("one state");
        assert_eq!(state, "home/on");
        assert!(looks.contains("phone-dark-font1.0-ltr"), "{looks:?}");
        Ok(())
    }
}
