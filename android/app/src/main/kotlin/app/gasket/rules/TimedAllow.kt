package app.gasket.rules

import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.transformLatest
import kotlinx.serialization.Serializable

/** What the phone's clocks show at one moment. */
data class Now(
    /** Milliseconds since 1970, as the clock is set. */
    val wallMs: Long,
    /** Milliseconds since the phone was switched on, its sleep included; nobody can set them. */
    val sinceBootMs: Long,
    /** How often the phone was switched on so far. */
    val boot: Int,
)

/** Since when an app may do as it likes, for [LENGTH_MS]. */
@Serializable
data class TimedAllow(
    val wallMs: Long,
    val sinceBootMs: Long,
    val boot: Int,
) {
    constructor(now: Now) : this(now.wallMs, now.sinceBootMs, now.boot)

    /**
     * Milliseconds that are left. Until the phone is switched off a clock that is set changes nothing; after that
     * there is only the clock, and where it shows a time before the beginning, nothing is left.
     */
    fun leftMs(now: Now): Long {
        val gone = if (now.boot == boot) now.sinceBootMs - sinceBootMs else now.wallMs - wallMs
        return if (gone in 0..LENGTH_MS) LENGTH_MS - gone else 0
    }

    /** When it ends, in milliseconds since 1970 as the clock is set now. */
    fun endMs(now: Now): Long = now.wallMs + leftMs(now)

    companion object {
        const val LENGTH_MS = 60 * 60 * 1000L
    }
}

/** Lets all of [packages] do as they like from [now] on; of those that share a user id all are needed. */
fun Settings.allowing(
    packages: Collection<String>,
    now: Now,
): Settings = packages.fold(this) { settings, name -> settings.with(name, settings.choiceFor(name).copy(allowed = TimedAllow(now))) }

/** Ends what [allowing] began. */
fun Settings.endingAllow(packages: Collection<String>): Settings =
    packages.fold(this) { settings, name -> settings.with(name, settings.choiceFor(name).copy(allowed = null)) }

/** The same without what has ended by [now]. */
fun Settings.inForce(now: Now): Settings = endingAllow(apps.filterValues { it.allowed?.leftMs(now) == 0L }.keys)

/** Milliseconds until the next app's time is over; null if none has one. */
fun Settings.nextEndMs(now: Now): Long? =
    apps.values
        .mapNotNull { it.allowed?.leftMs(now) }
        .filter { it > 0 }
        .minOrNull()

/** What is in force, and anew when an app's time is over. */
@OptIn(ExperimentalCoroutinesApi::class)
fun Flow<Settings>.inForce(now: () -> Now): Flow<Settings> =
    transformLatest { settings ->
        do {
            val at = now()
            emit(settings.inForce(at))
            val left = settings.nextEndMs(at)
            left?.let { delay(it) }
        } while (left != null)
    }
