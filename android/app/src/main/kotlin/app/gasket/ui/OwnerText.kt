package app.gasket.ui

import android.content.res.Resources
import app.gasket.R
import app.gasket.bridge.Owner

/** User ids from here on are given to apps (AOSP, `AID_APP_START`); those below belong to Android itself. */
private const val FIRST_APP_UID = 10_000

/** How many users' ids there are in one user's or profile's range (AOSP, `AID_USER_OFFSET`). */
private const val UIDS_PER_USER = 100_000

/**
 * Who sent, as far as Android says: one app, one of several that share a user id, or nobody it names. Apps go by
 * their [labels], by package, where those are known.
 */
internal fun ownerName(
    owner: Owner?,
    resources: Resources,
    labels: Map<String, String> = emptyMap(),
): String {
    val packages = owner?.packages.orEmpty().map { labels[it] ?: it }
    return when {
        owner == null -> resources.getString(R.string.unknown_app)
        packages.size == 1 -> packages.single()
        packages.isNotEmpty() -> resources.getString(R.string.one_of_apps, packages.joinToString(resources.getString(R.string.comma)))
        owner.uid % UIDS_PER_USER < FIRST_APP_UID -> resources.getString(R.string.part_of_android, owner.uid)
        else -> resources.getString(R.string.nameless_app, owner.uid)
    }
}
