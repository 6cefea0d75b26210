// The key comes in the fragment, which no server ever sees.
const key = location.hash.slice(1);
if (/^cevvo_pk_[0-9A-Za-z]+$/.test(key)) {
  const tag = document.createElement('script');
  tag.src = '/widget.js';
  tag.dataset.key = key;
  tag.onload = () => {
    document.querySelector('#said').textContent = 'The widget was loaded as on any website.';
  };
  document.head.append(tag);
}
