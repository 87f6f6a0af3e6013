"""A collection's search and answer as one Python file of plain libraries, of LangChain or of LlamaIndex: text
alone is made here.
"""
