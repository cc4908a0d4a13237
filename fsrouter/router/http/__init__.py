"""The router's web server: numbers of a pool for visitors of web sites, health and metrics, over plain HTTP as WSGI.

Whatever is asked, the answer is bounded, repeats nothing of the question, and keeps no call waiting.
"""
