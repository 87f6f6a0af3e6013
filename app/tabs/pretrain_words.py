"""What the Pretrain tab explains: optimisers, schedules, averaging, second corpora, objectives. Words only.

Figures are measurements of this project; each says how it was taken.
"""

_MEASURED = """
<table class="gw-plan-table">
<caption>Measured: bits per byte on held-out stories after 200 steps of 8,192 tokens (1.6 million tokens). A
Llama of 5.5 million parameters on this project's story corpus, 2 CPU cores, 21 November 2026. Lower is
better; one run each.</caption>
<thead><tr><th>optimiser</th><th>schedule</th><th>peak rate</th><th>bits per byte</th></tr></thead>
<tbody>
<tr><td>AdamW</td><td>cosine</td><td>0.002</td><td>1.489</td></tr>
<tr><td>Muon</td><td>WSD</td><td>0.004</td><td>1.094</td></tr>
<tr><td>Muon</td><td>WSD</td><td>0.01</td><td>1.091</td></tr>
</tbody></table>
"""

EXPLAINED = f"""
<div class="gw-explained">
<h4>Optimiser</h4>
<p><b>AdamW</b> gives every single weight a pace of its own, from the running mean of its gradients and of
their squares. Most published language models were trained with it.</p>
<p><b>Muon</b> takes a whole weight matrix at once and turns its momentum into a step that is about equally
long in every direction of the matrix. Only the matrices between hidden states are treated so; embeddings,
norms and biases stay with AdamW. The steps are scaled to the size of AdamW's, so one learning rate serves
both. It costs some arithmetic more a step and keeps one average less in memory.</p>
{_MEASURED}
<p>The rows differ in optimiser, schedule and rate together, so they compare recipes and not single choices.
To compare on your own text, start two runs with the same seed that differ in one field, and lay their
curves over each other under <a href="./?tab=jobs">Jobs &amp; models</a>.</p>

<h4>Schedule</h4>
<p>All of them begin with a warm-up, over which the rate rises to its peak. Then <b>cosine</b> falls slowly,
fast, slowly; <b>linear</b> falls evenly; both must know the last step from the start. <b>WSD</b> (warm-up,
stable, decay) keeps the peak and falls only over the last part: the stable part can be made longer without
changing what came before. <b>Constant</b> never falls; the loss then ends where the noise of single steps
leaves it, which <i>weight averaging</i> mends in part.</p>

<h4>Weight averaging, gradient checkpointing</h4>
<p><b>Weight averaging</b> keeps a running mean of the weights beside the weights in training. Validation,
samples and the saved model use the mean. 0.99 reaches back over about the last 100 steps; choose less for a
short run. It costs the memory of the weights once more.</p>
<p><b>Gradient checkpointing</b> forgets what each layer computed and computes it again on the way back:
about a third more time, far less memory. Turn it on when the estimate's memory is more than the machine
has.</p>

<h4>Stages and the second corpus</h4>
<p>A run may change on its way: a line <code>0.4 context=64 batch_size=32 second_share=0.5</code> is 40 % of
the steps with windows of 64 tokens, 32 of them a pass, half of them from the second corpus. What a line
leaves out is as the form says, and the shares add up to 1.</p>
<p>The <b>second corpus</b> is mixed in window by window and measured on its own held-out documents. Two
uses: two kinds of text in one model (books before stories: begin with a high share and end with none), and
<b>replay</b>: when a model is trained on with new text, it forgets the old. Give the old text as the second
corpus; with share 0 the panel shows how much is forgotten, with a share above 0 the model goes on seeing
it.</p>

<h4>What a model is asked</h4>
<p><b>Next token</b> (Llama, GPT-2): every token is guessed from those before it. Such a model writes, and
it alone has bits per byte.</p>
<p><b>Masked tokens</b> (BERT): a share of the tokens is to be guessed from both sides; of those, 80 % are
hidden, 10 % replaced by another token and 10 % left as they are. Such a model fills in and represents; it
does not write.</p>
<p><b>Span corruption</b> (T5): spans of some tokens are cut out and a sentinel put in the place of each.
The encoder reads the rest, the decoder says the spans. Loss and perplexity of these two are those of the
hidden tokens alone: do not compare them with a next-token model's.</p>
</div>
"""
