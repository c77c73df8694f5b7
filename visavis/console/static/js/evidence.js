// Evidence on paper.
document.getElementById('print').addEventListener('click', () => window.print());
