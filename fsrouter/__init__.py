"""fsrouter: call control for FreeSWITCH.

FreeSWITCH hands a call over, fsrouter decides who should get it and walks it there, and afterwards can say why.
"""

__version__ = "0.1.0"
