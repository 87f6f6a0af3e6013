"""The RAG chat tab as a visitor handles it; its selectors stand here."""

from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.page import Workshop

# Whoever comes through a proxy is not the owner of this machine, but told by a cookie.
ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}
_FIRST = 180_000  # milliseconds: models are read before the first answer
# Presses Stop as soon as something is written and it can be: a hand may come too late for a house model.
_STOP_JS = """() => {
  const press = setInterval(() => {
    const stop = document.querySelector("#rag-stop");
    if (stop.disabled || !document.querySelector("#rag-now [data-written]")) return;
    clearInterval(press);
    stop.click();
  }, 20);
}"""


class RagPage:
    """One open RAG chat tab, with its collection chosen."""

    def __init__(self, workshop: Workshop, **query: str):
        self.workshop = workshop.open("?" + urlencode({"tab": "rag", **query}))
        expect(self.page.locator("#rag-head .gw-rag-head")).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    def again(self) -> "RagPage":
        """Load the page anew."""
        self.page.reload()
        expect(self.page.locator("#rag-head .gw-rag-head")).to_be_visible()
        return self

    # --- collections and documents

    @property
    def collection(self) -> Locator:
        return self.page.locator("#rag-collection input")

    @property
    def head(self) -> Locator:
        return self.page.locator("#rag-head")

    @property
    def progress(self) -> Locator:
        return self.page.locator("#rag-progress .gw-rag-progress")

    @property
    def documents(self) -> Locator:
        return self.page.locator("#rag-documents li")

    def fold(self, name: str) -> "RagPage":
        """``documents``, ``paste``, ``new``, ``retrieval`` or ``answer``."""
        place = f"#rag-{name}" if name in ("paste", "new") else f"#rag-{name}-fold"
        self.page.locator(f"{place} button.label-wrap").first.click()
        return self

    def bring(self, *files: tuple[str, bytes]) -> "RagPage":
        """Upload files, and wait until adding them has begun."""
        brought = [{"name": n, "mimeType": "application/octet-stream", "buffer": data} for n, data in files]
        self.page.locator("#rag-files input[type=file]").set_input_files(brought)
        expect(self.collection).to_have_value("My documents")
        return self

    def paste(self, text: str, name: str = "") -> "RagPage":
        self.page.locator("#rag-paste-name input, #rag-paste-name textarea").first.fill(name)
        self.page.locator("#rag-paste-text textarea").fill(text)
        self.page.locator("#rag-paste-add").click()
        return self

    def added(self, documents: int) -> "RagPage":
        """Wait until so many can be asked and nothing goes on."""
        count = f"{documents} document{'' if documents == 1 else 's'} ·"
        expect(self.head).to_contain_text(count)
        expect(self.progress).to_have_count(0)
        return self

    def set(self, name: str, value: object) -> "RagPage":
        """A field of the answer's or the search's fold, which is open: ``answer-max-new-tokens``."""
        field = self.page.locator(f"#rag-{name} input").first
        field.fill(str(value))
        field.press("Tab")
        return self

    def choose(self, name: str, option: str) -> "RagPage":
        self.page.locator(f"#rag-{name} input").click()
        self.page.get_by_role("option", name=option, exact=True).click()
        return self

    def sure(self, button: Locator) -> "RagPage":
        """Press a button that asks whether one is sure, and be it."""
        button.click()
        self.page.locator(".gw-rag-sure button").first.click()
        return self

    # --- the chat

    @property
    def question(self) -> Locator:
        return self.page.locator("#rag-question textarea")

    @property
    def questions(self) -> Locator:
        return self.page.locator("#rag-past .gw-rag-question")

    @property
    def answers(self) -> Locator:
        return self.page.locator("#rag-past .gw-rag-answer")

    @property
    def busy(self) -> Locator:
        return self.page.locator("#rag-now [data-busy]")

    @property
    def failed(self) -> Locator:
        return self.page.locator("#rag-now .gw-rag-failed")

    def begin(self, question: str) -> "RagPage":
        """Type a question and press Enter; do not wait for the answer."""
        self.question.fill(question)
        self.question.press("Enter")
        return self

    def ask(self, question: str) -> Locator:
        """The whole answer."""
        before = self.answers.count()
        return self.begin(question).answered(before + 1)

    def answered(self, answers: int) -> Locator:
        """The last answer, once there are so many."""
        expect(self.answers).to_have_count(answers, timeout=_FIRST)
        expect(self.busy).to_have_count(0)
        return self.answers.last

    def stop_at_the_first_word(self) -> "RagPage":
        """Of the next answer."""
        self.page.evaluate(_STOP_JS)
        return self

    # --- chats

    def menu(self) -> Locator:
        """The chats, opened."""
        self.page.locator("#rag-chats summary").click()
        return self.page.locator("#rag-chats .gw-rag-menu")

    def new_chat(self) -> "RagPage":
        self.page.locator('#rag-chats [data-does="new"]').click()
        expect(self.questions).to_have_count(0)
        return self

    # --- the source

    @property
    def source(self) -> Locator:
        return self.page.locator(".gw-rag-source")

    @property
    def passage(self) -> Locator:
        return self.source.locator("mark[data-passage]")

    def view(self, name: str) -> "RagPage":
        self.page.locator("#rag-view").get_by_text(name, exact=True).click()
        return self


def visitor_elsewhere(context: BrowserContext, url: str) -> Workshop:
    """Someone who is not at this machine, in a browser of their own."""
    context.set_extra_http_headers(ELSEWHERE)
    return Workshop(context.new_page(), url)
