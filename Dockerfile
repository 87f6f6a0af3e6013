# The app for a server of one's own; docs/how-to/own-server.md says how it is run.
#
#   docker build -t glassworks .                       the app alone
#   docker build -t glassworks-cluster --target cluster .   with Ray, for compose.yaml
#
# On a machine with no NVIDIA GPU, `--build-arg PIP_EXTRA_INDEX_URL=<the index of PyTorch's CPU builds>` saves
# several gigabytes.

FROM python:3.11-slim AS base
ARG PIP_EXTRA_INDEX_URL=
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
# libgomp: torch and faiss; tini: jobs' processes outlive their starter, and somebody must see to their end
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 tini \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt
RUN useradd --uid 1000 --create-home glassworks \
    && mkdir /data /chroma \
    && chown glassworks:glassworks /data /chroma
COPY app.py README.md ./
COPY app app
COPY assets assets
COPY pipelines pipelines
# Written beside what is trained; git is not here to be asked.
ARG COMMIT=
RUN echo "$COMMIT" > commit.txt
ENV GLASSWORKS_HOME=/data \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    HF_HOME=/data/huggingface
VOLUME /data
EXPOSE 7860
ENTRYPOINT ["tini", "--"]

# Of the version that the tests run with.
FROM base AS cluster
RUN pip install ray==2.60.0
USER glassworks
CMD ["python", "app.py", "--no-browser"]

FROM base AS app
USER glassworks
HEALTHCHECK --start-period=120s --interval=30s --timeout=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=8)"]
CMD ["python", "app.py", "--no-browser"]
