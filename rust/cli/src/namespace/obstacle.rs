//! What stands in the way on this machine, and how to change it.

use std::fs;
use std::io;

/// Reads a kernel setting by its path below `/proc/sys`.
pub(crate) fn kernel_setting(path: &str) -> Option<String> {
    let value = fs::read_to_string(format!("/proc/sys/{path}")).ok()?;
    Some(value.trim().to_owned())
}

/// Settings that keep unprivileged users from namespaces: path, the value that does, the remedy.
const SETTINGS: [(&str, &str, &str); 4] = [
    (
        "user/max_user_namespaces",
        "0",
        "sudo sysctl -w user.max_user_namespaces=15000",
    ),
    (
        "user/max_net_namespaces",
        "0",
        "sudo sysctl -w user.max_net_namespaces=15000",
    ),
    (
        // Debian and Arch kernels only.
        "kernel/unprivileged_userns_clone",
        "0",
        "sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        // Ubuntu since 23.10: the namespace is made, but without any right in it.
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give gasket an AppArmor \
         profile that has `userns,`",
    ),
];

/// Why a namespace of one's own could not be had while doing `step`.
pub(crate) fn namespaces(
    step: &str,
    error: &io::Error,
    root: bool,
    setting: impl Fn(&str) -> Option<String>,
) -> String {
    let mut text = format!("cannot {step}: {error}.");
    let culprits: Vec<_> = SETTINGS
        .iter()
        .filter(|(path, bad, _)| setting(path).as_deref() == Some(*bad))
        .filter(|(path, ..)| !root || !path.contains("unprivileged"))
        .collect();
    for (path, bad, remedy) in &culprits {
        let name = path.replace('/', ".");
        text.push_str(&format!(
            "\nThe kernel setting {name} is {bad}. To change it: {remedy}."
        ));
    }
    if culprits.is_empty() {
        text.push_str(match error.kind() {
            io::ErrorKind::PermissionDenied if root => {
                "\nThis root has not the right CAP_SYS_ADMIN: in a container, add it \
                 (--cap-add=SYS_ADMIN --cap-add=NET_ADMIN --security-opt apparmor=unconfined)."
            }
            io::ErrorKind::PermissionDenied => {
                "\nNo kernel setting known here forbids it: a container's seccomp or AppArmor \
                 policy may. Run outside the container, or as root."
            }
            _ => "\nThe kernel may lack CONFIG_USER_NS or CONFIG_NET_NS.",
        });
    } else if !root {
        text.push_str("\nOr run gasket as root.");
    }
    text
}

/// Why `/dev/net/tun` cannot be opened.
pub(crate) fn tun_device(error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => {
            "Load the driver: sudo modprobe tun. In a container, add --device=/dev/net/tun."
        }
        io::ErrorKind::PermissionDenied => {
            "This user may not open it. To let everyone (as most distributions do; it gives no \
             right over the host's network): sudo chmod 0666 /dev/net/tun. Or run gasket as root."
        }
        _ => "Load the driver: sudo modprobe tun (kernel option CONFIG_TUN).",
    };
    format!("cannot open /dev/net/tun: {error}.\n{remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> io::Error {
        io::Error::from(io::ErrorKind::PermissionDenied)
    }

    #[test]
    fn the_setting_in_the_way_is_named_with_its_remedy() {
        for (path, bad, remedy) in SETTINGS {
            let text = namespaces("make a namespace", &refused(), false, |asked| {
                (asked == path).then(|| bad.to_owned())
            });
            assert!(text.contains(&path.replace('/', ".")), "{text}");
            assert!(text.contains(remedy), "{text}");
            assert!(text.contains("as root"), "{text}");
        }
    }

    #[test]
    fn settings_for_the_unprivileged_do_not_stop_root() {
        let text = namespaces("make a namespace", &refused(), true, |path| {
            path.contains("unprivileged")
                .then(|| if path.contains("apparmor") { "1" } else { "0" }.to_owned())
        });
        assert!(!text.contains("unprivileged"), "{text}");
        assert!(text.contains("CAP_SYS_ADMIN"), "{text}");
    }

    #[test]
    fn without_a_culprit_the_next_likely_cause_is_said() {
        let text = namespaces("make a namespace", &refused(), false, |_| None);
        assert!(text.contains("seccomp"), "{text}");
        let text = namespaces(
            "make a namespace",
            &io::Error::from(io::ErrorKind::InvalidInput),
            false,
            |_| Some("1000".to_owned()),
        );
        assert!(text.contains("CONFIG_USER_NS"), "{text}");
    }

    #[test]
    fn the_tun_device_has_its_remedies() {
        assert!(tun_device(&io::Error::from(io::ErrorKind::NotFound)).contains("modprobe"));
        assert!(tun_device(&refused()).contains("chmod 0666"));
    }
}
