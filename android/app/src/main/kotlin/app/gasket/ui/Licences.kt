package app.gasket.ui

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.stateIn
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json

/** A licence, and what in this app is under it. */
@Serializable
data class Licence(
    val name: String,
    val parts: List<LicensedPart>,
    /** The licence itself, or where it stands. */
    val text: String,
) {
    companion object {
        /** Reads `licences.json`, which the tests of the build compare with what is in an APK. */
        fun parse(json: String): List<Licence> = Json.decodeFromString(json)
    }
}

@Serializable
data class LicensedPart(
    /** With its version, where it has one. */
    val name: String,
    /** Its copyright notice, where the licence asks for it. */
    val notice: String? = null,
)

/** Reads the licences when somebody looks at them. */
@OptIn(ExperimentalCoroutinesApi::class)
class LicencesPresenter(
    scope: CoroutineScope,
    /** Whether they are looked at. */
    private val isOpen: MutableStateFlow<Boolean>,
    read: () -> String,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    private val all = flow { emit(Licence.parse(read())) }.flowOn(dispatcher)

    /** Null while nobody looks. */
    val state: StateFlow<List<Licence>?> =
        isOpen.flatMapLatest { isOpen -> if (isOpen) all else flowOf(null) }.stateIn(scope, WhileShown, null)

    fun open() {
        isOpen.value = true
    }

    fun close() {
        isOpen.value = false
    }
}
