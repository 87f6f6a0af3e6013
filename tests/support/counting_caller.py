"""A caller that answers with the call's own words and counts what it was asked."""

from pipelines.prompting.calling.caller import settings_of, unchecked, unheard
from pipelines.prompting.calls import Call, Message, Reply, Text


class Counting:
    """Answers a call with its own words, and writes down in a file that it was asked."""

    name, exact = "test/counting", True

    def __init__(self, asked=None, fails=()):
        self.calls, self._asked, self._fails = [], asked, fails

    def answer(self, calls, check=unchecked, done=unheard):
        replies = []
        for number, call in enumerate(calls):
            check()
            text = call.messages[0].content
            if self._asked:
                with open(self._asked, "a") as file:
                    file.write(f"{text[:6]}\n")
            self.calls.append(call)
            reply = Reply((), 0, 0.0, "no") if text in self._fails else reply_to(text)
            replies.append(reply)
            done(number, reply)
        return tuple(replies)

    def count(self, call):
        return 3

    def told(self, call):
        said = [[message.role, message.content] for message in call.messages]
        return {"model": self.name, "messages": said, "begun": call.begun, **settings_of(call)}


def reply_to(text):
    return Reply((Text(f"{text} \ud83d\n", 2, "end"), Text("🦀", 1, "stop")), 5, 0.25)


def call(text, **given):
    return Call((Message("user", text),), **given)
