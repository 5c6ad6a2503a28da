package app.gasket.ui

import app.gasket.bridge.PackVersion
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.SerializationException
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

class LicencesTest {
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val file = File("../data/licences.json")

    @After
    fun end() = scope.cancel()

    @Test
    fun `the file that ships is read, with each licence and its text`() {
        val licences = Licence.parse(file.readText())
        assertEquals(licences.map { it.name }.sorted(), licences.map { it.name })
        assertTrue("MIT" in licences.map { it.name })
        val mit = licences.single { it.name == "MIT" }
        assertTrue(mit.text.startsWith("Permission is hereby granted"))
        assertTrue(mit.parts.any { it.name.startsWith("bytes ") && it.notice == "Copyright (c) 2018 Carl Lerche" })
        assertThrows(SerializationException::class.java) { Licence.parse("{}") }
    }

    @Test
    fun `it is read once somebody looks`() {
        var reads = 0
        val isOpen = MutableStateFlow(false)
        val presenter =
            LicencesPresenter(
                scope,
                isOpen,
                read = {
                    reads++
                    file.readText()
                },
                Dispatchers.Unconfined,
            )
        assertNull(runBlocking { presenter.state.first() })
        assertEquals(0, reads)
        presenter.open()
        assertTrue(isOpen.value)
        assertTrue(runBlocking { presenter.state.filterNotNull().first() }.isNotEmpty())
        presenter.close()
        assertTrue(!isOpen.value)
    }

    @Test
    fun `which Gasket it is is known at once, its rules when they are read`() {
        val pack = PackVersion("2026-11-27", "0123abcd")
        val presenter = AboutPresenter(scope, "0.1.0", read = { pack }, Dispatchers.Unconfined)
        assertEquals("0.1.0", presenter.state.value.version)
        assertEquals(pack, runBlocking { presenter.state.first { it.pack != null } }.pack)
    }
}
